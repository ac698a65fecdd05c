/** What each system now holds, read through its vendor's API. */
import { people, partners } from './programme.ts'
import type { Stage } from './stage.ts'
import { text } from './vendors.ts'

export async function summary({ portal, salesforce, hubspot, mail }: Stage): Promise<string> {
  const registrations = (await portal.deals()).toSorted((a, b) => a.company.localeCompare(b.company))
  const opportunities = await salesforce.opportunities()
  const deals = await hubspot.deals()
  const addresses = [...Object.values(partners).map((partner) => partner.email), people.manager, people.director]
  const counts = await Promise.all(addresses.map(async (address) => [address, String((await mail.to(address)).length)]))
  return [
    table(
      'PartnerStack: registrations',
      ['company', 'partner', 'status', 'reason'],
      registrations.map((deal) => [deal.company, deal.partner, deal.status, deal.reason]),
    ),
    table(
      'Salesforce: opportunities',
      ['deal', 'stage', 'amount', 'source', 'registration'],
      opportunities.map((deal) => [
        text(deal['Name']),
        text(deal['StageName']),
        text(deal['Amount']),
        text(deal['Partner_Source__c']),
        text(deal['Registration_Status__c']),
      ]),
    ),
    table(
      'HubSpot: deals',
      ['deal', 'stage', 'amount', 'source', 'registration'],
      deals.map(({ properties: p }) => [
        p['dealname'] ?? '',
        p['dealstage'] ?? '',
        p['amount'] ?? '',
        p['partner_source'] ?? '',
        p['registration_status'] ?? '',
      ]),
    ),
    table('Mail received', ['to', 'mails'], counts),
  ].join('\n')
}

function table(title: string, head: string[], rows: string[][]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)))
  const line = (cells: string[]) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  return ['', title, line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}

/** The choices that Causeway writes, as HubSpot's people read them. */

/** What an account is called at HubSpot, which has no name for a named one; a value without a pair passes as it is. */
export const accountTypes = { prospect: 'PROSPECT', customer: 'CUSTOMER', named: 'PROSPECT' }
export const sources = {
  direct: 'Direct',
  'partner-sourced': 'Partner-Sourced',
  'partner-influenced': 'Partner-Influenced',
}
export const contactStates = { invited: 'Invited', active: 'Active', left: 'Left' }
export const directions = { 'to-partner': 'To partner', 'from-partner': 'From partner' }

/** A message as simple HTML that every mail program shows: no picture, no script, nothing loaded from anywhere. */
import { isolatesMarked } from '../../src/domain/direction.ts'
import type { Message, Part } from './contract.ts'

export function html(message: Message): string {
  const { subject, parts, footer, language, direction } = message
  const foot =
    footer === null
      ? ''
      : `<p style="margin:24px 0 0;padding-top:12px;border-top:1px solid #d8dee4;color:#57606a;font-size:13px"><a href="${escape(footer.url)}" style="color:#57606a">${escape(footer.label)}</a></p>`
  return `<!doctype html>
<html lang="${escape(language)}" dir="${direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(subject)}</title></head>
<body style="margin:0;padding:24px 12px;background:#f6f8fa;color:#1f2328;font:16px/1.5 -apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif">
<div style="max-width:600px;margin:0 auto;padding:24px 28px;background:#fff;border:1px solid #d8dee4;border-radius:8px;overflow-wrap:anywhere;word-break:break-word">
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${shown(subject)}</h1>
${parts.map(block).join('\n')}
${foot}
</div>
</body>
</html>
`
}

function block(part: Part): string {
  switch (part.kind) {
    case 'text':
      return `<p style="margin:0 0 14px">${lines(part.text)}</p>`
    case 'heading':
      return `<h2 style="margin:22px 0 8px;padding-top:14px;border-top:1px solid #d8dee4;font-size:17px;line-height:1.3">${shown(part.text)}</h2>`
    case 'list':
      return `<ul style="margin:0 0 14px;padding-inline-start:22px">${part.items.map((item) => `<li style="margin:2px 0">${shown(item)}</li>`).join('')}</ul>`
    case 'commands':
      return `<pre dir="ltr" style="margin:0 0 14px;padding:10px 12px;background:#f6f8fa;border:1px solid #d8dee4;border-radius:6px;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere">${escape(part.lines.join('\n'))}</pre>`
    case 'link':
      return `<p style="margin:0 0 14px"><a href="${escape(part.url)}" style="display:inline-block;padding:9px 16px;background:#0b5cad;color:#fff;border-radius:6px;text-decoration:none">${escape(part.label)}</a></p>`
    case 'decide':
      return ''
  }
}

function lines(text: string): string {
  return shown(text).replaceAll('\n', '<br>')
}

/** A name that runs the other way is set apart by an element: mail programs that know no isolates know that. */
function shown(text: string): string {
  return isolatesMarked(escape(text), '<bdi>', '</bdi>')
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`)
}

import bwip from 'bwip-js/node'
import { type Block, layOut } from './lay-out.ts'
import type { Receipt } from './receipt.ts'

// Printed on rolls of 80 mm, of which printers reach 72.
const style = `@page{size:80mm auto;margin:0}
*{box-sizing:border-box}
body{width:72mm;margin:0 auto;padding:2mm 0;font:11px/1.35 "DejaVu Sans Condensed","Noto Sans","Noto Naskh Arabic",Arial,sans-serif;color:#000;background:#fff}
h1{font-size:15px;margin:0 0 1mm;text-align:center}
p{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
.centred{text-align:center}
.strong{font-weight:bold;font-size:13px}
.pair{display:flex;justify-content:space-between;gap:2mm}
.pair span:first-child{flex:1;min-width:0;overflow-wrap:break-word}
.pair span:last-child{flex:none;max-width:66%;text-align:end}
hr{border:0;border-top:1px dashed #000;margin:1.5mm 0}
svg{display:block;margin:2mm auto 1mm;max-width:60mm;height:10mm}`

/**
 * A receipt as a page of HTML that stands alone: one file, without a script, and nothing in it is fetched. Whatever names
 * hold stays text.
 */
export function writeHtml(receipt: Receipt, locale: string): string {
  const { language, direction, title, blocks } = layOut(receipt, locale)
  return `<!doctype html>
<html lang="${language}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
${style}
</style>
</head>
<body>
${blocks.map(writeBlock).join('\n')}
</body>
</html>
`
}

function writeBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h1>${isolated(block.text)}</h1>`
    case 'centred':
      return `<p class="centred${block.strong ? ' strong' : ''}">${isolated(block.text)}</p>`
    case 'pair':
      return `<p class="pair${block.strong ? ' strong' : ''}"><span>${isolated(block.left)}</span><span>${isolated(block.right)}</span></p>`
    case 'text':
      return `<p>${isolated(block.text)}</p>`
    case 'rule':
      return '<hr>'
    case 'barcode':
      return bwip.toSVG({ bcid: 'code128', text: block.text, height: 10, scale: 1 })
  }
}

/** In the direction of its own letters, whatever stands around it; words around what is isolated itself run as Arabic does. */
function isolated(text: string): string {
  return `<bdi${text.includes('\u{2068}') ? ' dir="rtl"' : ''}>${escaped(text)}</bdi>`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

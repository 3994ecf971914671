/** What a printer of receipts would do with bytes of ESC/POS. */
export interface Printed {
  /** Lines of text as they come out, with the blanks that place them. */
  readonly lines: string[]
  readonly pictures: { readonly width: number; readonly height: number; readonly dark: number }[]
  readonly barcodes: string[]
  readonly drawers: number
  readonly cuts: number
}

// Numbers of code pages as Epson has them; the names are those of the Encoding Standard, but for the two of DOS.
const pages: Readonly<Record<number, string>> = {
  0: 'cp437',
  16: 'windows-1252',
  17: 'ibm866',
  19: 'cp858',
  45: 'windows-1250',
  46: 'windows-1251',
  47: 'windows-1253',
  48: 'windows-1254',
}
const dos =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ '
const dosOfEurope =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■ '

// How many bytes follow a command of two; those that say so themselves are read below.
const lengths: Readonly<Record<string, number>> = {
  '1b40': 0,
  '1b61': 1,
  '1b45': 1,
  '1b2d': 1,
  '1b21': 1,
  '1b4d': 1,
  '1b33': 1,
  '1b32': 0,
  '1b20': 1,
  '1c2e': 0,
  '1d21': 1,
  '1d42': 1,
  '1d68': 1,
  '1d77': 1,
  '1d48': 1,
  '1d66': 1,
}

/** Reads bytes as a printer does. Throws for what it does not know: the test, or the product, is wrong then. */
export function readEscpos(bytes: Uint8Array): Printed {
  const printed = {
    lines: [] as string[],
    pictures: [] as Printed['pictures'],
    barcodes: [] as string[],
    drawers: 0,
    cuts: 0,
  }
  let page = 0
  let line = ''
  let at = 0
  const take = (count: number) => {
    at += count
    return bytes.subarray(at - count, at)
  }
  const number = (low = 0, high = 0) => low + 256 * high
  while (at < bytes.length) {
    const [first = 0] = take(1)
    if (first === 0x0a) {
      printed.lines.push(line)
      line = ''
    } else if (first !== 0x0d && first !== 0x1b && first !== 0x1c && first !== 0x1d) {
      line += letterOf(first, page)
    } else if (first !== 0x0d) {
      const command = `${first.toString(16)}${take(1)[0]?.toString(16).padStart(2, '0')}`
      if (command === '1b74') page = take(1)[0] ?? 0
      else if (command === '1b64') {
        const [count = 0] = take(1)
        for (let fed = 0; fed < count; fed++) printed.lines.push('')
      } else if (command === '1b70') {
        take(3)
        printed.drawers += 1
      } else if (command === '1d56') {
        const [how = 0] = take(1)
        if (how > 49) take(1)
        printed.cuts += 1
      } else if (command === '1d6b') {
        const [, length = 0] = take(2)
        printed.barcodes.push(String.fromCharCode(...take(length)))
      } else if (command === '1d76') {
        const [, , xl, xh, yl, yh] = take(6)
        const [width, height] = [number(xl, xh) * 8, number(yl, yh)]
        const dots = take((width / 8) * height)
        const dark = dots.reduce((sum, eight) => sum + eight.toString(2).replaceAll('0', '').length, 0)
        printed.pictures.push({ width, height, dark })
      } else if (lengths[command] === undefined) throw new Error(`no printer knows ${command}, before byte ${at}`)
      else take(lengths[command])
    }
  }
  return printed
}

function letterOf(byte: number, page: number): string {
  if (byte < 0x80) return String.fromCharCode(byte)
  const name = pages[page] ?? `no code page ${page}`
  if (name === 'cp437') return dos[byte - 0x80] ?? ''
  if (name === 'cp858') return dosOfEurope[byte - 0x80] ?? ''
  return new TextDecoder(name).decode(Uint8Array.of(byte))
}

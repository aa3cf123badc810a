/** Markdown of this repository as HTML of the site: links lead to pages, headings have anchors, HTML is shown as text. */
import { Marked, type Tokens } from 'marked'
import { codeBlock, escapeHtml, headCell, plainText, slugOf } from './html.ts'
import { headingHtml } from './page.ts'

/** Where a target leads on the site, seen from the page; null = there is no page of it. */
export type Resolve = (target: string) => string | null

export interface Rendered {
  /** Of the first heading of level 1; '' = none. */
  readonly title: string
  readonly html: string
}

export function renderMarkdown(text: string, resolve: Resolve): Rendered {
  const used = new Map<string, number>()
  let title = ''
  const idOf = (html: string): string => {
    const slug = slugOf(plainText(html))
    const times = used.get(slug) ?? 0
    used.set(slug, times + 1)
    return times === 0 ? slug : `${slug}-${times}`
  }
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth }: Tokens.Heading): string {
        const html = this.parser.parseInline(tokens)
        if (depth === 1 && title === '') title = plainText(html)
        return headingHtml(depth, html, idOf(html))
      },
      code({ text: block, lang = '' }: Tokens.Code): string {
        return codeBlock(block, lang.split(' ')[0])
      },
      html({ text: html }: Tokens.HTML | Tokens.Tag): string {
        return escapeHtml(html)
      },
      link({ href, tokens }: Tokens.Link): string {
        const html = this.parser.parseInline(tokens)
        if (/^https?:/.test(href)) return `<a href="${escapeHtml(href)}" rel="noreferrer">${html}</a>`
        const to = resolve(href)
        return to === null ? html : `<a href="${escapeHtml(to)}">${html}</a>`
      },
      image({ href, text: alternative }: Tokens.Image): string {
        const to = resolve(href)
        if (to === null) throw new Error(`the image ${href} is not there`)
        return `<img src="${escapeHtml(to)}" alt="${escapeHtml(alternative)}" loading="lazy">`
      },
      table({ header, rows }: Tokens.Table): string {
        const head = header.map((cell) => headCell(this.parser.parseInline(cell.tokens))).join('')
        const body = rows
          .map((row) => `<tr>${row.map((cell) => `<td>${this.parser.parseInline(cell.tokens)}</td>`).join('')}</tr>`)
          .join('')
        const label = header
          .map((cell) => cell.text)
          .filter((name) => name !== '')
          .join(', ')
        return `<div class="table" tabindex="0" role="region" aria-label="Table: ${escapeHtml(label)}"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>\n`
      },
    },
  })
  const html = marked.parse(text, { async: false })
  return { title, html }
}

/** A few words in the middle of a page: **bold** and `code`. */
export function renderWords(text: string): string {
  return renderMarkdown(text, () => null).html
}

/** Text as HTML; ids of headings. */

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Words of HTML that this package made itself, without its marks. */
export function plainText(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** The anchor of a heading, as GitHub makes it. */
export function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
}

/** A heading without words is none. */
export function headCell(html: string): string {
  return html === '' ? '<td></td>' : `<th scope="col">${html}</th>`
}

/** Cells are HTML already. Wide tables are scrolled, by keyboard too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], label: string): string {
  return [
    `<div class="table" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table><thead><tr>`,
    ...head.map(headCell),
    '</tr></thead><tbody>',
    ...rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`),
    '</tbody></table></div>',
  ].join('')
}

export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`
}

export function codeBlock(text: string, language: string): string {
  return `<pre tabindex="0" aria-label="${escapeHtml(language === '' ? 'Code' : `Code: ${language}`)}"><code>${escapeHtml(text)}</code></pre>\n`
}

// Light or dark, as chosen in Belay itself or here; by default as the system has it. Runs before anything
// is drawn, so it is no module, and therefore plain JavaScript.
{
  const KEY = 'mantine-color-scheme-value'
  const dark = matchMedia('(prefers-color-scheme: dark)')

  const wanted = () => {
    let chosen = null
    try {
      chosen = localStorage.getItem(KEY)
    } catch {
      // Where nothing may be kept there is nothing chosen.
    }
    if (chosen === 'light' || chosen === 'dark') return chosen
    return dark.matches ? 'dark' : 'light'
  }

  const show = () => {
    document.documentElement.dataset.mantineColorScheme = wanted()
  }

  show()
  dark.addEventListener('change', show)
  addEventListener('storage', show)
  addEventListener('DOMContentLoaded', () => {
    const button = document.querySelector('#theme')
    button.hidden = false
    button.addEventListener('click', () => {
      try {
        localStorage.setItem(KEY, wanted() === 'dark' ? 'light' : 'dark')
      } catch {
        return
      }
      show()
    })
    // Open where there is room; a phone has none.
    document.querySelector('.pages details').open = matchMedia('(min-width: 900px)').matches
  })
}

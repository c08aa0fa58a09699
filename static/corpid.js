/* Starts govuk-frontend's components; every page works without it. */
import { initAll } from './vendor/govuk-frontend/govuk-frontend.min.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

/* Live progress (components/progress.html): ask once a second, say what changed, go on at the end. */
for (const box of document.querySelectorAll('[data-progress-url]')) {
  const bar = box.querySelector('progress')
  const message = box.querySelector('[data-progress-message]')
  const ask = async () => {
    const answer = await fetch(box.dataset.progressUrl, { headers: { Accept: 'application/json' } })
    if (!answer.ok) return
    const state = await answer.json()
    if (state.next) {
      window.location.assign(state.next)
      return
    }
    if (state.total) {
      bar.max = state.total
      bar.value = state.done
    }
    if (state.message && message.textContent !== state.message) message.textContent = state.message
    setTimeout(ask, 1000)
  }
  setTimeout(ask, 1000)
}

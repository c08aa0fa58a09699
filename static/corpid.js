/* Starts govuk-frontend's components; every page works without it. */
import { initAll } from './vendor/govuk-frontend/govuk-frontend.min.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

/* Live progress (components/progress.html): ask once a second, say what changed, go on at the end.
   While the answer is no answer (a deploy, no network), ask ever more slowly, and never give up. */
const EACH_SECOND = 1000
const SLOWEST = 30000
for (const box of document.querySelectorAll('[data-progress-url]')) {
  const bar = box.querySelector('progress')
  const message = box.querySelector('[data-progress-message]')
  const show = (state) => {
    if (state.total) {
      bar.max = state.total
      bar.value = state.done
    }
    if (state.message && message.textContent !== state.message) message.textContent = state.message
  }
  const look = async () => {
    const answer = await fetch(box.dataset.progressUrl, { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(`progress: ${answer.status}`)
    return answer.json()
  }
  const ask = async (wait) => {
    let next = EACH_SECOND
    try {
      const state = await look()
      if (state.next) {
        window.location.assign(state.next)
        return
      }
      show(state)
    } catch {
      next = Math.min(wait * 2, SLOWEST)
    }
    setTimeout(ask, next, next)
  }
  setTimeout(ask, EACH_SECOND, EACH_SECOND)
}

/* Warn before an unused sign-in ends, and extend it by one press (components/time_out.html). */
for (const box of document.querySelectorAll('[data-time-out]')) {
  const { warnAfter, endsAfter, keep, token } = box.dataset
  const timers = []
  const begin = () => {
    timers.splice(0).forEach(clearTimeout)
    box.querySelector('.corpid-time-out')?.remove()
    timers.push(setTimeout(warn, warnAfter * 1000))
    timers.push(setTimeout(() => window.location.reload(), endsAfter * 1000))
  }
  const warn = () => {
    box.append(box.querySelector('template').content.cloneNode(true))
    box.querySelector('button').addEventListener('click', async () => {
      const answer = await fetch(keep, { method: 'POST', headers: { 'X-CSRFToken': token } })
      if (answer.ok && !answer.redirected) begin()
      else window.location.reload()
    })
  }
  begin()
}

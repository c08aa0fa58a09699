/* Keeps the number in "Agree and send 12" true while items are ticked and unticked. */
const button = document.querySelector('[data-sends]')
const ready = [...document.querySelectorAll('[data-ready]')]

const count = () => {
  const boxes = ready.map((item) => item.querySelector('input[name="items"]'))
  const number = boxes.filter((box) => box.type === 'hidden' || box.checked).length
  button.textContent = button.textContent.replace(/\d+/, number)
}

if (button) {
  document.addEventListener('change', count)
}

// Reloads the page when what it shows has changed. It keeps asking while the server restarts.
let shown

async function look() {
  try {
    const version = await (await fetch('/version')).text()
    if (shown !== undefined && version !== shown) location.reload()
    shown = version
  } catch {
    // The server is away; it is asked again.
  }
}

document.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest' })
look()
setInterval(look, 1000)

// Shows emails whole, at any width. A frame of no height first, because a document is never shorter than its frame.
function fit(frame) {
  const email = frame.contentDocument?.scrollingElement
  if (!email) return
  frame.style.height = '0'
  frame.style.height = `${email.scrollHeight}px`
}

const frames = document.querySelectorAll('iframe')
for (const frame of frames) frame.addEventListener('load', () => fit(frame))
const fitAll = () => frames.forEach(fit)
addEventListener('resize', fitAll)
fitAll()

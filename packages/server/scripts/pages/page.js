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

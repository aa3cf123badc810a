// Older Node versions fail in confusing ways far from the cause; this says it in one line.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Belay needs Node 20.19 or newer; this is ${process.version}. Install a newer Node and run the command again.`)
  process.exit(1)
}

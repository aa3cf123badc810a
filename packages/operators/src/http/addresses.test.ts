import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { mayConnect, parseRange, type AddressRange } from './addresses.ts'
import { Dispatcher, type Resolve } from './dispatcher.ts'

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '11.0.0.1',
  '9.255.255.255',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
  '2001:4860:4860::8888',
  '::ffff:8.8.8.8',
  '::ffff:808:808',
]
const REFUSED = [
  // This machine.
  '127.0.0.1',
  '127.0.0.0',
  '127.1.2.3',
  '127.255.255.255',
  '0.0.0.0',
  '0.1.2.3',
  '::1',
  '::',
  '0:0:0:0:0:0:0:1',
  '0000:0000:0000:0000:0000:0000:0000:0001',
  '::0.0.0.1',
  // Private nets, carriers, metadata services.
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.168.255.255',
  '100.64.0.1',
  '100.100.100.200',
  '100.127.255.255',
  '169.254.169.254',
  '169.254.0.1',
  '169.254.170.2',
  'fc00::1',
  'fd00:ec2::254',
  'fdff:ffff::1',
  'fe80::1',
  'febf::1',
  'fec0::1',
  // Reserved, documents, benchmarks, multicast.
  '192.0.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '2001:db8::1',
  '3fff::1',
  'ff02::1',
  'ff0e::1',
  '100::1',
  // IPv4 inside IPv6.
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:7f00:0001',
  '::ffff:10.0.0.1',
  '::ffff:a9fe:a9fe',
  '::ffff:169.254.169.254',
  '::ffff:0:127.0.0.1',
  '::127.0.0.1',
  '::7f00:1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  '2001:0:7f00:1::',
  '2001::1',
  // What is no address: a lookup must not have given it.
  '',
  'localhost',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.0.01',
  '127.0.0.1.',
  '1.1.1.1.1',
  '256.1.1.1',
  '8.8.8.8/8',
  'fe80::1%eth0',
  '2606:4700::1111%lo',
  '2606:4700:::1111',
  '2606::4700::1111',
  '1:2:3:4:5:6:7:8:9',
  '2606:4700:4700:0:0:0:0:0:1111',
  '[2606:4700:4700::1111]',
  '8.8.8.8:80',
  ' 8.8.8.8',
  '/var/run/docker.sock',
]

test('there are enough cases', () => {
  expect(PUBLIC.length + REFUSED.length).toBeGreaterThanOrEqual(100)
})

test.each(PUBLIC)('%s may be connected to', (address) => {
  expect(mayConnect(address, [])).toBe(true)
})

test.each(REFUSED)('%j is refused', (address) => {
  expect(mayConnect(address, [])).toBe(false)
})

test('an administrator allows ranges, and no more than these', () => {
  const allowed = ['127.0.0.0/8', '10.1.0.0/16', 'fd00::/8', '192.168.1.7'].flatMap((text): AddressRange[] =>
    [parseRange(text)].filter((one) => one !== null),
  )
  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '10.1.255.255', 'fd12::1', '192.168.1.7', '8.8.8.8'])
    expect(mayConnect(address, allowed), address).toBe(true)
  for (const address of ['10.2.0.0', '192.168.1.8', 'fc00::1', '::1', '169.254.169.254', '::127.0.0.1'])
    expect(mayConnect(address, allowed), address).toBe(false)
  for (const text of ['', 'localhost', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/-1', '::/129', '10.0.0.0/8/8', '10.0.0.0/x'])
    expect(parseRange(text), text).toBeNull()
})

/** Forms of addresses that URLs may take; all of them mean this machine or a private net. */
const URLS = [
  'http://127.0.0.1',
  'http://127.1',
  'http://127.0.1',
  'http://2130706433',
  'http://0x7f000001',
  'http://0x7f.0.0.1',
  'http://0177.0.0.1',
  'http://017700000001',
  'http://127.0.0.1.',
  'http://0',
  'http://0.0.0.0',
  'http://[::1]',
  'http://[::]',
  'http://[::ffff:127.0.0.1]',
  'http://[::ffff:7f00:1]',
  'http://[0:0:0:0:0:ffff:127.0.0.1]',
  'http://[64:ff9b::127.0.0.1]',
  'http://[fe80::1]',
  'http://[fd00:ec2::254]',
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://①②⑦.⓪.⓪.①',
  'http://１２７.０.０.１',
  'http://127。0。0。1',
  'http://10.0.0.1:8080',
  'http://192.168.1.1',
  'https://172.16.0.1',
]

async function counting(): Promise<{ readonly port: number; hits(): number }> {
  let hits = 0
  const server: Server = createServer((_request, response) => {
    hits += 1
    response.end('hit')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, hits: () => hits }
}

const ASK = { method: 'GET', headers: {}, timeoutMs: 5000, maxBytes: 1000 } as const

test.each(URLS)('%s is refused by the dispatcher', async (url) => {
  const dispatcher = new Dispatcher([])
  onTestFinished(() => dispatcher.close())
  const target = new URL(url)
  if (target.port === '') target.port = String((await counting()).port)
  await expect(dispatcher.send({ ...ASK, url: target.href })).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
})

test.each([
  'file:///etc/passwd',
  'ftp://8.8.8.8',
  'gopher://8.8.8.8',
  'unix:/var/run/docker.sock',
  'http://name:secret@8.8.8.8',
  'no url',
  '',
  'http://',
  'data:,x',
  'http://[fe80::1%25eth0]/',
])('%s is no address to send to', async (url) => {
  const dispatcher = new Dispatcher([])
  await expect(dispatcher.send({ ...ASK, url })).rejects.toMatchObject({ code: 'URL_INVALID' })
})

test('a name is judged by its addresses, at the connection and each time anew', async () => {
  const server = await counting()
  const answers: string[][] = [['127.0.0.1'], ['10.0.0.1', '::1'], []]
  let lookups = 0
  const resolve: Resolve = async () =>
    (answers[lookups++] ?? ['127.0.0.1']).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const closed = new Dispatcher([], resolve)
  const url = `http://name.example:${server.port}/`
  await expect(closed.send({ ...ASK, url })).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
  await expect(closed.send({ ...ASK, url })).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
  await expect(closed.send({ ...ASK, url })).rejects.toMatchObject({ code: 'HTTP_UNREACHABLE' })
  expect([lookups, server.hits()]).toEqual([3, 0])
  // One lookup a connection: what was checked is what was connected to.
  const open = new Dispatcher(['127.0.0.0/8'], resolve)
  onTestFinished(() => open.close())
  expect((await open.send({ ...ASK, url })).body.toString()).toBe('hit')
  expect([lookups, server.hits()]).toEqual([4, 1])
  expect((await new Dispatcher(['127.0.0.0/8']).send({ ...ASK, url: `http://localhost:${server.port}/` })).status).toBe(200)
  await expect(new Dispatcher([]).send({ ...ASK, url: `http://localhost:${server.port}/` })).rejects.toMatchObject({
    code: 'ADDRESS_REFUSED',
  })
  expect(server.hits()).toBe(2)
})

test('redirects are not followed, long answers are cut off, silence ends', async () => {
  const inner = await counting()
  const server = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(307, { location: `http://127.0.0.1:${inner.port}/` }).end()
    else if (request.url === '/long') response.end(Buffer.alloc(100_000))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const dispatcher = new Dispatcher(['127.0.0.1'])
  onTestFinished(() => dispatcher.close())
  expect((await dispatcher.send({ ...ASK, url: `${base}/away` })).status).toBe(307)
  expect(inner.hits()).toBe(0)
  await expect(dispatcher.send({ ...ASK, url: `${base}/long` })).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' })
  await expect(dispatcher.send({ ...ASK, url: `${base}/silent`, timeoutMs: 100 })).rejects.toMatchObject({ code: 'HTTP_UNREACHABLE' })
})

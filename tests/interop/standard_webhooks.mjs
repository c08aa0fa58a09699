// npm standardwebhooks as a receiver that knows nothing of us but the secret it was shown. It reads
// one JSON object (secret, headers, body) and writes its version and what it verified, or the error.
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

const manifest = new URL('node_modules/standardwebhooks/package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(manifest))
const { secret, headers, body } = JSON.parse(await text(process.stdin))

try {
  console.log(JSON.stringify({ version, event: new Webhook(secret).verify(body, headers) }))
} catch (error) {
  console.log(JSON.stringify({ version, error: error.message }))
}

// npm @sd-jwt/* as a verifier that knows nothing of us but a root certificate. It reads one JSON
// object (token, root, lists by URI, types by vct, nonce) and writes what it verified, or the error.
import { X509Certificate } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { ES256, digest } from '@sd-jwt/crypto-nodejs'
import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'

const input = JSON.parse(await text(process.stdin))
const root = new X509Certificate(input.root)

/** Follow x5c to the root and verify with the leaf's key. */
async function byItsCertificate(jwt) {
  const header = JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url'))
  const chain = header.x5c.map((one) => new X509Certificate(Buffer.from(one, 'base64')))
  chain.forEach((certificate, i) => {
    const issuer = chain[i + 1] ?? root
    if (!certificate.verify(issuer.publicKey)) throw new Error('the chain does not hold')
  })
  return ES256.getVerifier(chain[0].publicKey.export({ format: 'jwk' }))
}

function fetched(kind, address) {
  if (!(address in input[kind])) throw new Error(`nothing at ${address}`)
  return input[kind][address]
}

const listed = Object.values(input.lists)[0]
const verifier = new SDJwtVcInstance({
  hasher: digest,
  hashAlg: 'sha-256',
  verifier: await byItsCertificate(input.token),
  kbVerifier: async (data, signature, claims) =>
    (await ES256.getVerifier(claims.cnf.jwk))(data, signature),
  statusListFetcher: async (uri) => fetched('lists', uri),
  statusVerifier: await byItsCertificate(listed),
  vctFetcher: async (uri) => fetched('types', uri),
  loadTypeMetadataFormat: true,
})

try {
  const { payload, kb, typeMetadata } = await verifier.verify(input.token, {
    currentDate: input.now,
    keyBindingNonce: input.nonce,
  })
  const { idx } = payload.status.status_list
  const status = getListFromStatusListJWT(listed).getStatus(idx)
  const names = typeMetadata.mergedTypeMetadata.display.map((one) => one.name)
  console.log(JSON.stringify({ claims: payload, aud: kb?.payload.aud, status, names }))
} catch (error) {
  console.log(JSON.stringify({ error: `${error.name}: ${error.message}` }))
}

// What the operations on accounts at providers load with the first of them; most requests need none.
export { beginOAuth } from './begin.js'
export { finishOAuth } from './callback.js'
export { disconnect, listConnections } from './connections.js'
export { exchangeCode } from './exchange.js'

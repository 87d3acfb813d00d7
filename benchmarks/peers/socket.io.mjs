// The package socket.io, WebSocket only: a message is an event with the data.
import { httpServer, job, listen, load, versionOf } from "./control.mjs";

const { Server } = (await load("socket.io")).default;
const options = { transports: ["websocket"], serveClient: false, maxHttpBufferSize: 2 ** 21 };
const http = httpServer();
const io = new Server(http, { ...options });

io.on("connection", (socket) => {
  socket.on("m", (data) => (job.broadcast ? io : socket).emit("m", data));
});
listen(http, { version: versionOf("socket.io"), options });

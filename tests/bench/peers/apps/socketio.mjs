// socket.io as its guide has it: a room for each conversation, and what comes goes to all in it. Nothing is kept.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });

io.on("connection", (socket) => {
  socket.on("join", (room, joined) => {
    socket.join(room);
    joined();
  });
  socket.on("message", (room, message) => io.to(room).emit("message", message));
});

http.listen(0, "127.0.0.1", 1024, () => console.log(`http://127.0.0.1:${http.address().port}`));

// A relay on `ws`: the path names the room, and what comes goes to all in it, unread. Nothing is kept.
import { WebSocketServer } from "ws";

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 1024 });

server.on("connection", (socket, request) => {
  const room = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, room.add(socket));
  socket.on("message", (data) => {
    for (const member of room) member.send(data, { binary: false });
  });
  socket.on("close", () => room.delete(socket));
});

server.on("listening", () => console.log(`http://127.0.0.1:${server.address().port}`));

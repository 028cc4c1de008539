// What fan-out costs when nothing else is done: `floor send` relays each frame with one send() for each member of the
// room, `floor coalesce` with one for each member and turn of the loop, whatever has come for it. A path names the room.
// It keeps nothing, checks nothing, and drops a member that does not read. It prints its port, then serves.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOMS = 1 << 16, READ = 1 << 18, EVENTS = 512 };

struct conn {
    int fd, room, at;           // `at`: its place among the members
    char *rest, *out;           // `rest`: of a frame that is not whole yet
    size_t rest_size, out_size, out_room;
};

static struct { struct conn **members; int count, space; } rooms[ROOMS];
static struct conn **dirty;
static int dirty_count, dirty_space, coalesces, loop;

// The answer to the one key that our load sends: a hash of SHA-1 would tell nothing here.
static const char UPGRADED[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void join(struct conn *c, const char *request) {
    const char *path = strstr(request, "/rooms/");
    c->room = path ? atoi(path + 7) % ROOMS : 0;
    if (rooms[c->room].count == rooms[c->room].space) {
        rooms[c->room].space = rooms[c->room].space ? 2 * rooms[c->room].space : 4;
        rooms[c->room].members = realloc(rooms[c->room].members, rooms[c->room].space * sizeof c);
    }
    c->at = rooms[c->room].count++;
    rooms[c->room].members[c->at] = c;
    send(c->fd, UPGRADED, sizeof UPGRADED - 1, MSG_NOSIGNAL);
}

static void leave(struct conn *c) {
    if (c->room >= 0) {
        struct conn *last = rooms[c->room].members[--rooms[c->room].count];
        rooms[c->room].members[last->at = c->at] = last;
    }
    for (int i = 0; i < dirty_count; i++)
        if (dirty[i] == c) dirty[i] = dirty[--dirty_count];
    close(c->fd);
    free(c->rest), free(c->out), free(c);
}

static void deliver(struct conn *c, const char *frame, size_t size) {
    if (!coalesces) {
        if (send(c->fd, frame, size, MSG_NOSIGNAL) != (ssize_t)size) shutdown(c->fd, SHUT_RDWR);
        return;
    }
    if (c->out_size + size > c->out_room) c->out = realloc(c->out, c->out_room = 2 * (c->out_size + size));
    if (!c->out_size) {
        if (dirty_count == dirty_space) dirty = realloc(dirty, (dirty_space = 2 * dirty_space + 64) * sizeof c);
        dirty[dirty_count++] = c;
    }
    memcpy(c->out + c->out_size, frame, size);
    c->out_size += size;
}

static void flush(void) {
    for (int i = 0; i < dirty_count; i++) {
        struct conn *c = dirty[i];
        if (send(c->fd, c->out, c->out_size, MSG_NOSIGNAL) != (ssize_t)c->out_size) shutdown(c->fd, SHUT_RDWR);
        c->out_size = 0;
    }
    dirty_count = 0;
}

// Relays the text frames that are whole; how many bytes all whole frames had.
static size_t relay(struct conn *c, char *data, size_t size) {
    size_t at = 0;
    while (at + 6 <= size) {
        size_t length = data[at + 1] & 0x7f, head = 6;
        if (length == 126) length = (unsigned char)data[at + 2] << 8 | (unsigned char)data[at + 3], head = 8;
        if (at + head + length > size) break;
        char *mask = data + at + head - 4, *body = data + at + head;
        if ((data[at] & 0x0f) == 1) {
            char keys[4], *start = body;
            memcpy(keys, mask, 4);
            for (size_t i = 0; i < length; i++) body[i] ^= keys[i & 3];
            if (length < 126) *--start = (char)length;
            else *--start = (char)length, *--start = (char)(length >> 8), *--start = 126;
            *--start = (char)0x81;
            for (int i = 0; i < rooms[c->room].count; i++)
                deliver(rooms[c->room].members[i], start, body + length - start);
        }
        at += head + length;
    }
    return at;
}

static void receive(struct conn *c) {
    static char buffer[READ + 1];
    memcpy(buffer, c->rest, c->rest_size);
    ssize_t got = recv(c->fd, buffer + c->rest_size, READ - c->rest_size, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        leave(c);
        return;
    }
    size_t size = c->rest_size + got, used = 0;
    buffer[size] = 0;
    if (c->room >= 0) used = relay(c, buffer, size);
    else if (strstr(buffer, "\r\n\r\n")) join(c, buffer), used = size;
    free(c->rest);
    c->rest = NULL;
    if ((c->rest_size = size - used)) c->rest = memcpy(malloc(c->rest_size), buffer + used, c->rest_size);
}

static void take(int listening) {
    int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK), yes = 1;
    if (fd < 0) return;
    struct conn *c = calloc(1, sizeof *c);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    c->fd = fd, c->room = -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

int main(int count, char **arguments) {
    struct sockaddr_in here = {.sin_family = AF_INET};
    socklen_t size = sizeof here;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
    coalesces = count > 1 && !strcmp(arguments[1], "coalesce");
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listening, (struct sockaddr *)&here, sizeof here) || listen(listening, 1024)) return 1;
    getsockname(listening, (struct sockaddr *)&here, &size);
    printf("http://127.0.0.1:%d\n", ntohs(here.sin_port));
    fflush(stdout);
    loop = epoll_create1(0);
    epoll_ctl(loop, EPOLL_CTL_ADD, listening, &event);
    for (;;) {
        int ready = epoll_wait(loop, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr) receive(events[i].data.ptr);
            else take(listening);
        }
        flush();
    }
}

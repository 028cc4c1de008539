// The load of all that `make bench-peers` measures: websockets of one thread, as a shared library that Python calls.
// Python says what is sent (handshakes, joins, the frame of a message) and what answers begin with; here are the loops
// that must be cheap. Every message has a marker, "~" number "." room "~", then a text that is the same for all:
// a session that gets a message twice, late, out of order, of another room or with another text ends the run.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { NUMBER = 8, ROOM = 6, MARKER = NUMBER + ROOM + 3, PLACES = 4, BUCKETS = 1024, READ = 1 << 18, EVENTS = 512 };

struct conn {
    int fd;
    unsigned room, number;      // where it is, and the last message that it got
    bool upgraded, dirty;
    char *rest;                 // of a frame that is not whole yet
    size_t rest_size;
    char *out;                  // to be sent when the tick ends
    size_t out_size, out_room;
    const char *frame;          // of a message, with room for its number at `places`
    size_t frame_size, places[PLACES];
    const char *const *sends;   // of a talk: what is sent at each step
    const size_t *sizes;
    int step;                   // the one whose answer is awaited; -1: none
    char *answer;               // the last one
};

struct flight { double at; int left; };

struct room {
    unsigned number, members, turns;
    const int *speakers;        // the connections that speak, in turn
    struct flight *flights;     // of the newest `depth` messages
};

struct result {
    double seconds, cpu;        // of the window, and this thread's own
    uint64_t sent, delivered, bytes, pieces;
    uint64_t acks[BUCKETS], deliveries[BUCKETS];    // see `bucket`
};

struct load {
    int epoll, port, count, rooms_count, depth;
    bool acked;                 // by a frame of its own, beside the delivery
    struct conn *conns;
    struct room *rooms;
    char *text;                 // behind the marker
    size_t text_size;
    int *dirty, dirty_count;
    struct result *result;
    double now, until, due, interval;
    int under_way, next;
    bool open_loop;
    // a talk
    const char *const *expects;
    int steps, talking, finished;
    char error[512];
};

static double clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double cpu_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int fail(struct load *l, const char *format, ...) {
    va_list arguments;
    if (l->error[0]) return -1;
    va_start(arguments, format);
    vsnprintf(l->error, sizeof l->error, format, arguments);
    va_end(arguments);
    return -1;
}

// 32 buckets for each doubling of the microseconds; `peers/load.py` has the way back.
static int bucket(double seconds) {
    uint64_t us = seconds > 0 ? (uint64_t)(seconds * 1e6) : 0;
    if (us < 64) return (int)us;
    int shift = 58 - __builtin_clzll(us);       // the five bits behind the first remain
    int at = 32 * (shift + 1) + (int)((us >> shift) & 31);
    return at < BUCKETS ? at : BUCKETS - 1;
}

struct load *load_new(int port, int count, int rooms, int depth, bool acked, const char *text) {
    struct load *l = calloc(1, sizeof *l);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->port = port, l->count = count, l->rooms_count = rooms, l->depth = depth, l->acked = acked;
    l->conns = calloc(count, sizeof *l->conns);
    l->rooms = calloc(rooms, sizeof *l->rooms);
    l->dirty = calloc(count, sizeof *l->dirty);
    for (int i = 0; i < count; i++) l->conns[i].fd = -1, l->conns[i].step = -1;
    for (int i = 0; i < rooms; i++) l->rooms[i].flights = calloc(depth, sizeof(struct flight));
    l->text = strdup(text), l->text_size = strlen(text);
    return l;
}

static void hang_up(struct conn *c) {
    struct linger now = {1, 0};                 // a reset: no port stays behind
    if (c->fd < 0) return;
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(c->fd);
    free(c->rest), free(c->out), free(c->answer);
    c->rest = c->out = c->answer = NULL;
    c->rest_size = c->out_size = c->out_room = 0;
    c->fd = c->step = -1, c->upgraded = c->dirty = false;
}

void load_hang_up(struct load *l, int port) {
    for (int i = 0; i < l->count; i++) hang_up(&l->conns[i]);
    l->dirty_count = 0, l->port = port;
}

void load_free(struct load *l) {
    load_hang_up(l, 0);
    for (int i = 0; i < l->rooms_count; i++) free(l->rooms[i].flights);
    close(l->epoll);
    free(l->conns), free(l->rooms), free(l->dirty), free(l->text), free(l);
}

const char *load_error(struct load *l) { return l->error; }
const char *load_answer(struct load *l, int at) { return l->conns[at].answer ? l->conns[at].answer : ""; }

void load_member(struct load *l, int at, unsigned room) {
    l->conns[at].room = room;
    l->rooms[room].members++;
}

// What the connection sends for a message; a number is written at each place but those of -1. Python keeps the memory.
void load_frame(struct load *l, int at, const char *frame, size_t size, const int *places) {
    struct conn *c = &l->conns[at];
    c->frame = frame, c->frame_size = size;
    for (int i = 0; i < PLACES; i++) c->places[i] = places[i] < 0 ? SIZE_MAX : (size_t)places[i];
}

void load_speakers(struct load *l, unsigned room, const int *speakers, unsigned turns) {
    l->rooms[room].speakers = speakers, l->rooms[room].turns = turns;
}

// -- out --------------------------------------------------------------------------------------------------------------

static void put(struct load *l, struct conn *c, const char *data, size_t size) {
    if (c->out_size + size > c->out_room) {
        c->out_room = 2 * (c->out_size + size);
        c->out = realloc(c->out, c->out_room);
    }
    memcpy(c->out + c->out_size, data, size);
    c->out_size += size;
    if (!c->dirty) l->dirty[l->dirty_count++] = (int)(c - l->conns), c->dirty = true;
}

static int flush(struct load *l) {              // what the kernel does not take waits for the next tick
    int left = 0;
    for (int i = 0; i < l->dirty_count; i++) {
        struct conn *c = &l->conns[l->dirty[i]];
        ssize_t sent = send(c->fd, c->out, c->out_size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return fail(l, "a send failed: %s", strerror(errno));
        if (sent > 0) memmove(c->out, c->out + sent, c->out_size -= sent);
        if (c->out_size) l->dirty[left++] = l->dirty[i];
        else c->dirty = false;
    }
    l->dirty_count = left;
    return 0;
}

static int reply(struct load *l, struct conn *c, int kind, const char *data, size_t size) {
    char frame[140] = {(char)(0x80 | kind), (char)(0x80 | size)};   // a mask of zeros: masked is as unmasked
    if (size > 125) return fail(l, "a control frame of %zu bytes", size);
    memcpy(frame + 6, data, size);
    put(l, c, frame, 6 + size);
    return 0;
}

// The next message, of the next room that has few enough under way. False: none has.
static bool launch(struct load *l, double at) {
    for (int tries = 0; tries < l->rooms_count; tries++) {
        struct room *r = &l->rooms[l->next];
        l->next = (l->next + 1) % l->rooms_count;
        struct flight *f = &r->flights[(r->number + 1) % l->depth];
        if (f->left) continue;
        struct conn *c = &l->conns[r->speakers[r->number % r->turns]];
        char digits[NUMBER + 1];
        snprintf(digits, sizeof digits, "%08u", ++r->number % 100000000);
        put(l, c, c->frame, c->frame_size);
        for (int i = 0; i < PLACES; i++)
            if (c->places[i] != SIZE_MAX) memcpy(c->out + c->out_size - c->frame_size + c->places[i], digits, NUMBER);
        f->at = at, f->left = (int)r->members + l->acked;
        l->under_way++, l->result->sent++;
        return true;
    }
    return false;
}

// -- in ---------------------------------------------------------------------------------------------------------------

static int land(struct load *l, struct room *r, unsigned number, uint64_t *times) {
    struct flight *f = &r->flights[number % l->depth];
    if (f->left <= 0) return fail(l, "message %u came more often than there are members", number);
    times[bucket(l->now - f->at)]++;
    if (--f->left) return 0;
    l->under_way--;
    if (!l->open_loop && l->now < l->until) launch(l, l->now);
    return 0;
}

static int message(struct load *l, struct conn *c, const char *at, const char *end) {
    char digits[NUMBER + 1] = {0};
    memcpy(digits, at + 1, NUMBER);
    unsigned number = (unsigned)atoi(digits), room = (unsigned)atoi(at + NUMBER + 2);
    if (room != c->room || number != c->number + 1)
        return fail(l, "session %d of room %u got message %u of room %u after %u", (int)(c - l->conns), c->room, number,
                    room, c->number);
    if (at + MARKER + l->text_size > end || memcmp(at + MARKER, l->text, l->text_size))
        return fail(l, "message %u of room %u came with another text", number, room);
    c->number = number;
    l->result->delivered++;
    return land(l, &l->rooms[room], number, l->result->deliveries);
}

// Of a streamed reply: each word is "@" and the time, in microseconds and 8 hex digits, at which the bot wrote it.
static int piece(struct load *l, const char *data, const char *end) {
    l->result->pieces++;
    for (const char *at = data; (at = memchr(at, '@', end - at)) && at + 9 <= end; at += 9) {
        char digits[9] = {0};
        memcpy(digits, at + 1, 8);
        uint32_t us = (uint32_t)(uint64_t)(l->now * 1e6) - (uint32_t)strtoul(digits, NULL, 16);
        l->result->deliveries[bucket(us / 1e6)]++;
    }
    return 0;
}

static bool starts(const char *data, size_t size, const char *with) {
    size_t length = strlen(with);
    return size >= length && !memcmp(data, with, length);
}

static int answered(struct load *l, struct conn *c, const char *data, size_t size) {
    if (++c->step < l->steps) {
        put(l, c, c->sends[c->step], c->sizes[c->step]);
        return 0;
    }
    c->step = -1;
    free(c->answer);
    c->answer = strndup(data, size);
    l->talking--, l->finished++;
    return 0;
}

static int payload(struct load *l, struct conn *c, const char *data, size_t size) {
    if (starts(data, size, "{\"type\":\"error\"") || starts(data, size, "-ERR") || starts(data, size, "44"))
        return fail(l, "refused: %.*s", (int)(size < 300 ? size : 300), data);
    if (size == 1 && *data == '2') return reply(l, c, 1, "3", 1);   // a heartbeat of engine.io
    if (c->step >= 0) {
        const char *expected = l->expects[c->step];
        if (memmem(data, size, expected, strlen(expected))) return answered(l, c, data, size);
        return 0;
    }
    if (!l->result) return 0;
    if (l->acked && starts(data, size, "{\"type\":\"ack\"")) {
        const char *id = memmem(data, size, "\"id\":\"", 6);
        if (!id) return fail(l, "an ack without an id");
        return land(l, &l->rooms[c->room], (unsigned)atoi(id + 6), l->result->acks);
    }
    const char *end = data + size;
    if (starts(data, size, "{\"type\":\"piece\"")) return piece(l, data, end);
    for (const char *at = data; (at = memchr(at, '~', end - at)) && at + MARKER <= end; at += MARKER)
        if (message(l, c, at, end)) return -1;
    return 0;
}

// Frames that are whole; how many bytes they had, or -1.
static ssize_t cut(struct load *l, struct conn *c, char *data, size_t size) {
    size_t at = 0;
    while (!c->upgraded) {
        char *end = memmem(data, size, "\r\n\r\n", 4);
        if (!end) return 0;
        if (!starts(data, size, "HTTP/1.1 101")) return fail(l, "no upgrade: %.*s", (int)(end - data), data);
        c->upgraded = true, at = end + 4 - data;
        if (c->step >= 0 && answered(l, c, data, at)) return -1;
    }
    while (at + 2 <= size) {
        unsigned kind = data[at] & 0x0f, length = data[at + 1] & 0x7f;
        size_t head = length < 126 ? 2 : length == 126 ? 4 : 10, whole = length;
        if (at + head > size) break;
        if (length > 125) whole = 0;
        for (size_t i = 2; i < head; i++) whole = whole << 8 | (unsigned char)data[at + i];
        if (at + head + whole > size) break;
        char *body = data + at + head;
        if (kind == 8) return fail(l, "closed with %d: %.*s", (unsigned char)body[0] << 8 | (unsigned char)body[1],
                                   (int)(whole < 2 ? 0 : whole - 2), body + 2);
        if (kind == 9 ? reply(l, c, 10, body, whole) : kind != 10 && payload(l, c, body, whole)) return -1;
        at += head + whole;
    }
    return (ssize_t)at;
}

static int receive(struct load *l, struct conn *c) {
    static char buffer[READ];
    size_t size = c->rest_size;
    if (size + 4096 > READ) return fail(l, "a frame of more than %d bytes", READ);
    memcpy(buffer, c->rest, size);
    ssize_t got = recv(c->fd, buffer + size, READ - size, 0);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) return fail(l, "the server hung up on session %d: %s", (int)(c - l->conns), got ? strerror(errno) : "end");
    if (l->result) l->result->bytes += got;
    ssize_t used = cut(l, c, buffer, size += got);
    if (used < 0) return -1;
    free(c->rest);
    c->rest = NULL;
    if ((c->rest_size = size - used)) c->rest = memcpy(malloc(c->rest_size), buffer + used, c->rest_size);
    return 0;
}

static int tick(struct load *l, double seconds) {
    struct epoll_event events[EVENTS];
    // A socket that is full is tried again soon.
    if (l->dirty_count && seconds > 0.001) seconds = 0.001;
    struct timespec wait = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
    int count = epoll_pwait2(l->epoll, events, EVENTS, &wait, NULL);
    l->now = clock_now();
    for (int i = 0; i < count; i++)
        if (receive(l, &l->conns[events[i].data.u32])) return -1;
    return flush(l);
}

// -- what Python calls ------------------------------------------------------------------------------------------------

static int dial(struct load *l, int at) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(l->port)};
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)at};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server))
        return fail(l, "no connection: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    l->conns[at].fd = fd;
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event);
}

// Connections `first` ... `first + count - 1` send step by step, each when the answer to the one before has come; so
// many are under way at once. One that is not connected is connected first, and its first answer is the upgrade.
// `halves`: seconds until half and 95 % of them were finished.
double load_talk(struct load *l, int first, int count, int steps, const char *const *sends, const size_t *sizes,
                 const char *const *expects, int at_once, double seconds, double *halves) {
    double begun = clock_now();
    int started = 0;
    l->steps = steps, l->expects = expects, l->talking = l->finished = 0;
    halves[0] = halves[1] = 0;
    while (l->finished < count) {
        while (started < count && l->talking < at_once) {
            struct conn *c = &l->conns[first + started];
            c->sends = sends + (size_t)started * steps, c->sizes = sizes + (size_t)started * steps, c->step = 0;
            if (c->fd < 0 && dial(l, first + started)) return -1;
            put(l, c, c->sends[0], c->sizes[0]);
            started++, l->talking++;
        }
        if (flush(l) || tick(l, 1)) return -1;
        if (!halves[0] && 2 * l->finished >= count) halves[0] = l->now - begun;
        if (!halves[1] && 100 * l->finished >= 95 * count) halves[1] = l->now - begun;
        if (l->now > begun + seconds) return fail(l, "%d of %d talked within %.0f s", l->finished, count, seconds);
    }
    return l->now - begun;
}

// Messages for so many seconds: as many under way as given or, with a `rate`, so many a second whatever comes of them,
// each timed from when it was due. Returns when all that was sent has come to all members.
int load_run(struct load *l, double seconds, int outstanding, double rate, double patience, struct result *result) {
    double begun = l->now = clock_now(), cpu = cpu_now();
    memset(result, 0, sizeof *result);
    l->result = result, l->until = begun + seconds, l->open_loop = rate > 0, l->under_way = 0;
    for (int i = 0; i < outstanding && !l->open_loop; i++) launch(l, begun);
    if (flush(l)) return -1;
    l->interval = rate > 0 ? 1 / rate : 0, l->due = begun;
    while (l->under_way || (l->open_loop && l->due < l->until)) {
        double wait = 0.1;
        if (l->open_loop && l->due < l->until) {
            wait = l->due - clock_now();
            if (wait < 0) wait = 0.0001;          // all rooms have as much under way as they may
        }
        if (tick(l, wait)) return -1;
        while (l->open_loop && l->due <= l->now && l->due < l->until && launch(l, l->due)) l->due += l->interval;
        if (flush(l)) return -1;
        if (l->now > l->until + patience)
            return fail(l, "%d of %lu messages did not come to all members", l->under_way, (unsigned long)result->sent);
    }
    result->seconds = l->now - begun, result->cpu = cpu_now() - cpu;
    l->result = NULL;
    return 0;
}

// Reads for so many seconds whatever comes, and counts the pieces of streamed replies if there is a result.
int load_rest(struct load *l, double seconds, struct result *result) {
    double begun = clock_now(), cpu = cpu_now();
    if ((l->result = result)) memset(result, 0, sizeof *result);
    for (double until = begun + seconds; clock_now() < until;)
        if (tick(l, 0.05)) return -1;
    if (result) result->seconds = clock_now() - begun, result->cpu = cpu_now() - cpu;
    l->result = NULL;
    return 0;
}

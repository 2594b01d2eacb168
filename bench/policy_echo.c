/* policy_echo PLACE: answers each request of policy_load with DUNNO and does nothing
 * else: what kernel and policy_load leave of a machine. PLACE is unix:PATH or inet:PORT
 * (of 127.0.0.1). */
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

static int
listen_at(const char *place)
{
    struct sockaddr_un u = {.sun_family = AF_UNIX};
    struct sockaddr_in i = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int is_unix = strncmp(place, "unix:", 5) == 0;
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(u.sun_path, sizeof(u.sun_path), "%s", place + 5);
    i.sin_port = htons((uint16_t)atoi(place + 5));
    if (fd < 0 ||
        (is_unix ? bind(fd, (const struct sockaddr *)&u, sizeof(u))
                 : bind(fd, (const struct sockaddr *)&i, sizeof(i))) != 0 ||
        listen(fd, 128) != 0)
        fail(place);
    return fd;
}

static void
watch(int epoll, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

    if (fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0)
        fail("accept");
}

static void
answer(int fd)
{
    static const char dunno[] = "action=DUNNO\n\n";
    char request[4096];

    if (recv(fd, request, sizeof(request), 0) <= 0 ||
        send(fd, dunno, sizeof(dunno) - 1, MSG_NOSIGNAL) < 0)
        (void)close(fd); /* nothing is written there any longer */
}

int
main(int argc, char **argv)
{
    struct epoll_event ready[256];
    int epoll = epoll_create1(EPOLL_CLOEXEC), listener;

    if (argc != 2 || strlen(argv[1]) < 6) {
        (void)fprintf(stderr, "usage: policy_echo unix:PATH|inet:PORT\n");
        return 2;
    }
    listener = listen_at(argv[1]);
    watch(epoll, listener);
    for (;;) {
        int n = epoll_wait(epoll, ready, 256, -1);

        for (int i = 0; i < n; i++) {
            if (ready[i].data.fd == listener)
                watch(epoll, accept(listener, NULL, NULL));
            else
                answer(ready[i].data.fd);
        }
    }
}

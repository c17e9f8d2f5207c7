// Loaded before the C library, it answers for the name "rebind.test": 127.0.0.1 at the first look, and 127.0.0.2 at each later one. Looks
// are counted by the bytes of the file FAKE_NAMES_FILE, for all processes together.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int looks(void) {
    const char *path = getenv("FAKE_NAMES_FILE");
    int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0) return 0;
    struct stat info;
    int before = fstat(file, &info) == 0 ? (int)info.st_size : 0;
    if (write(file, ".", 1) != 1) before = 0;
    close(file);
    return before;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    if (node && strcmp(node, "rebind.test") == 0) node = looks() == 0 ? "127.0.0.1" : "127.0.0.2";
    return real(node, service, hints, result);
}

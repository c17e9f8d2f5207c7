// Linux calls that Glibc's Swift module lacks, or that are variadic.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

// F_SETLEASE is behind _GNU_SOURCE and fcntl is variadic. A read lease is granted only while no
// process has the file open for writing, which is exactly the question asked of a drop.
#ifndef F_SETLEASE
#define F_SETLEASE 1024
#endif
static inline int linux_set_lease(int descriptor, int kind) {
    return fcntl(descriptor, F_SETLEASE, kind);
}

// renameat2 with RENAME_NOREPLACE: a move that never overwrites.
static inline int linux_rename_no_replace(const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1);
}

// renameat2 with RENAME_EXCHANGE: two names change places, with no moment at which one is missing.
static inline int linux_exchange(const char *one, const char *other) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2);
}

// `stdout` is a global variable in C, which Swift 6 does not let anybody touch.
static inline void linux_line_buffered_output(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

// mallopt's constant is a macro behind an #ifdef. Few heaps for many threads: memory that one thread gave back serves another.
#include <malloc.h>
static inline void linux_few_heaps(void) { mallopt(M_ARENA_MAX, 2); }
// What was freed goes back to the system, also from below what is still used: glibc alone gives back only the top of its heap.
static inline void linux_give_back_memory(void) { malloc_trim(0); }

// setrlimit's first parameter is an enum in C and an integer in Swift's import, depending on flags.
static inline int linux_limit(int resource, unsigned long long value) {
    struct rlimit limit = { .rlim_cur = value, .rlim_max = value };
    return setrlimit(resource, &limit);
}
// The soft limit alone: it sends SIGXCPU, which tells the parent why, and may be raised once the length is known.
static inline int linux_limit_cpu_seconds(unsigned long long seconds) {
    struct rlimit limit = { .rlim_cur = seconds, .rlim_max = RLIM_INFINITY };
    return setrlimit(RLIMIT_CPU, &limit);
}
static inline int linux_limit_memory(unsigned long long bytes) { return linux_limit(RLIMIT_AS, bytes); }
static inline int linux_limit_file_size(unsigned long long bytes) { return linux_limit(RLIMIT_FSIZE, bytes); }

// prctl is variadic. The child is killed when its parent dies, however the parent died.
static inline int linux_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

// Landlock (Linux 5.13): confines this process to one folder. Debian's libc has no wrappers for its three calls.
#include <linux/landlock.h>
#include <stdint.h>

#ifndef O_PATH
#define O_PATH 010000000
#endif

// From Linux 6.7 on; Debian 12's headers are older.
struct linux_landlock_rules {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
};

// The version of Landlock that the kernel has; 0 or less if it has none.
static inline int linux_landlock_version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

// After this the process can read and write below `folder` and read below `also_readable` (may be NULL), and can open no
// TCP connection, as far as the kernel knows how. Returns the version of Landlock that is in force, 0 for none, -1 for an error.
static inline int linux_confine(const char *folder, const char *also_readable) {
    int version = linux_landlock_version();
    if (version <= 0) return 0;
    struct linux_landlock_rules rules = { .handled_access_fs = (1ULL << 13) - 1, .handled_access_net = version >= 4 ? 3 : 0 };
    size_t size = version >= 4 ? sizeof rules : sizeof rules.handled_access_fs;
    int set = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (set < 0) return -1;
    const char *folders[] = { folder, also_readable };
    // Files: execute 1, write 2, read 4; folders: list 8, and the rest makes and removes.
    uint64_t rights[] = { ((1ULL << 13) - 1) & ~1ULL, 4 | 8 };
    for (int i = 0; i < 2; i++) {
        if (!folders[i]) continue;
        struct landlock_path_beneath_attr beneath = { .allowed_access = rights[i], .parent_fd = open(folders[i], O_PATH | O_CLOEXEC) };
        if (beneath.parent_fd < 0) continue;
        if (syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0) { close(beneath.parent_fd); close(set); return -1; }
        close(beneath.parent_fd);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_landlock_restrict_self, set, 0) != 0) { close(set); return -1; }
    close(set);
    return version;
}

// memfd_create is declared only with _GNU_SOURCE, which Swift's importer does not set.
static inline int linux_memory_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 1U); }

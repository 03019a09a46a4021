/* One client of a server that is a directory: what NFS does to a program, without NFS. Each mount is
 * one client with caches of its own over the same backing directory, so that two mounts disagree
 * as two hosts would. The kernel's own caches are off; everything that is remembered is remembered here.
 *
 *   nfs-like <mountpoint> -f -o backing=DIR[,knob=N...]
 *
 *   attr=MS negative=MS dir=MS   how long attributes, "not there" and listings are remembered
 *   lie=N                        of 1000 renames, links, mkdirs and unlinks succeed and report an error
 *   stale=N                      of 1000 lookups, opens and listings answer ESTALE, twice, because the
 *                                kernel tries again once; reading what another client removed always does
 *   latency=MS                   each operation takes up to so long
 *   silly                        removing or replacing an open file leaves .nfs... until it is closed
 *   seed=N                       of all draws
 *
 * and what makes a file system unfit (tutti doctor must tell):
 *
 *   nolink nocase nosync noreplace   no hard links, names without case, no fsync, no rename over a name
 *   noexcl                       whether a name is taken is left to what the client remembers (negative=MS)
 *   skew=S coarse=S              the server's clock is ahead; time stamps have so many seconds of resolution
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 31
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static struct {
  char *backing;
  int attr, negative, dir, lie, stale, latency, silly, skew, coarse;
  int nolink, nocase, nosync, noreplace, noexcl;
  unsigned seed;
} knob;

#define NUMBER(name) {#name "=%d", offsetof(__typeof__(knob), name), 0}
#define SWITCH(name) {#name, offsetof(__typeof__(knob), name), 1}
static const struct fuse_opt options[] = {
  {"backing=%s", offsetof(__typeof__(knob), backing), 0},
  {"seed=%u", offsetof(__typeof__(knob), seed), 0},
  NUMBER(attr), NUMBER(negative), NUMBER(dir), NUMBER(lie), NUMBER(stale), NUMBER(latency),
  NUMBER(skew), NUMBER(coarse), SWITCH(silly), SWITCH(nolink), SWITCH(nocase),
  SWITCH(nosync), SWITCH(noreplace), SWITCH(noexcl), FUSE_OPT_END,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- chance and time ---- */

static uint64_t state;
static int stale_again;

static uint64_t next_random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static int drawn(int per_mille) {
  if (per_mille == 0) return 0;
  pthread_mutex_lock(&lock);
  int is = (int)(next_random() % 1000) < per_mille;
  pthread_mutex_unlock(&lock);
  return is;
}

static int is_stale(void) {
  if (knob.stale == 0) return 0;
  pthread_mutex_lock(&lock);
  int is = stale_again || (int)(next_random() % 1000) < knob.stale;
  stale_again = is && !stale_again;
  pthread_mutex_unlock(&lock);
  return is;
}

static int64_t now_ms(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static void wait_a_while(void) {
  if (knob.latency == 0) return;
  pthread_mutex_lock(&lock);
  useconds_t us = next_random() % (knob.latency * 1000);
  pthread_mutex_unlock(&lock);
  usleep(us);
}

/* ---- what this client remembers: attributes (or their absence) and listings, by path ---- */

struct memory {
  struct memory *next;
  int64_t until;
  int is_listing, error;
  struct stat stat;
  size_t size;
  char *names; /* one after the other, each with its NUL */
  char path[];
};
#define BUCKETS 4096
static struct memory *buckets[BUCKETS];

static struct memory **bucket_of(const char *path) {
  uint32_t hash = 2166136261u;
  for (const char *c = path; *c; c++) hash = (hash ^ (unsigned char)*c) * 16777619u;
  return &buckets[hash % BUCKETS];
}

static void forget_at(struct memory **place) {
  struct memory *gone = *place;
  *place = gone->next;
  free(gone->names);
  free(gone);
}

/* The caller holds the lock. */
static struct memory *recall(const char *path, int is_listing) {
  for (struct memory **place = bucket_of(path); *place;) {
    if ((*place)->until <= now_ms()) forget_at(place);
    else if ((*place)->is_listing == is_listing && strcmp((*place)->path, path) == 0) return *place;
    else place = &(*place)->next;
  }
  return NULL;
}

static void forget(const char *path) {
  pthread_mutex_lock(&lock);
  for (struct memory **place = bucket_of(path); *place;)
    if (strcmp((*place)->path, path) == 0) forget_at(place);
    else place = &(*place)->next;
  pthread_mutex_unlock(&lock);
}

static void forget_below(const char *path) {
  size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);
  pthread_mutex_lock(&lock);
  for (int i = 0; i < BUCKETS; i++)
    for (struct memory **place = &buckets[i]; *place;) {
      const char *other = (*place)->path;
      int is_below = strncmp(other, path, length) == 0 && (other[length] == '/' || other[length] == 0);
      if (is_below || (*place)->until <= now_ms()) forget_at(place);
      else place = &(*place)->next;
    }
  pthread_mutex_unlock(&lock);
}

static void remember(const char *path, int is_listing, int ms, struct memory facts) {
  if (ms <= 0) {
    free(facts.names);
    return;
  }
  struct memory *one = malloc(sizeof *one + strlen(path) + 1);
  *one = facts;
  strcpy(one->path, path);
  one->is_listing = is_listing;
  one->until = now_ms() + ms;
  pthread_mutex_lock(&lock);
  struct memory **place = bucket_of(path);
  one->next = *place;
  *place = one;
  pthread_mutex_unlock(&lock);
}

/* A change that this client made itself: its directory is looked at anew, and all names in it. */
static void changed(const char *path) {
  char parent[PATH_MAX];
  snprintf(parent, sizeof parent, "%s", path);
  char *slash = strrchr(parent, '/');
  *(slash == parent ? slash + 1 : slash) = 0;
  forget_below(path);
  size_t length = strcmp(parent, "/") == 0 ? 0 : strlen(parent);
  pthread_mutex_lock(&lock);
  for (int i = 0; i < BUCKETS; i++)
    for (struct memory **place = &buckets[i]; *place;) {
      const char *other = (*place)->path;
      int is_child = strncmp(other, parent, length) == 0 && other[length] == '/' &&
                     strchr(other + length + 1, '/') == NULL;
      if ((is_child && (*place)->error) || strcmp(other, parent) == 0) forget_at(place);
      else place = &(*place)->next;
    }
  pthread_mutex_unlock(&lock);
}

/* ---- paths and attributes of the server ---- */

static const char *at(const char *path, char *buffer) {
  int length = snprintf(buffer, PATH_MAX, "%s%s", knob.backing, path);
  if (knob.nocase)
    for (int i = (int)strlen(knob.backing); i < length; i++) buffer[i] = tolower(buffer[i]);
  return buffer;
}
#define AT(path) at(path, (char[PATH_MAX]){0})

static int answer(int result) { return result == -1 ? -errno : 0; }

static void as_server_says(struct stat *stat) {
  struct timespec *times[] = {&stat->st_atim, &stat->st_mtim, &stat->st_ctim};
  for (int i = 0; i < 3; i++) {
    times[i]->tv_sec += knob.skew;
    if (knob.coarse == 0) continue;
    times[i]->tv_sec -= times[i]->tv_sec % knob.coarse;
    times[i]->tv_nsec = 0;
  }
}

static int fs_getattr(const char *path, struct stat *stat, struct fuse_file_info *file) {
  if (file != NULL) {
    if (fstat(file->fh, stat) == -1) return -errno;
    as_server_says(stat);
    return 0;
  }
  pthread_mutex_lock(&lock);
  struct memory *known = recall(path, 0);
  int error = known ? known->error : 0;
  if (known && !error) *stat = known->stat;
  pthread_mutex_unlock(&lock);
  if (known) return error;
  wait_a_while();
  if (strcmp(path, "/") != 0 && is_stale()) return -ESTALE;
  if (lstat(AT(path), stat) == -1) {
    error = -errno;
    if (error == -ENOENT) remember(path, 0, knob.negative, (struct memory){.error = error});
    return error;
  }
  as_server_says(stat);
  remember(path, 0, knob.attr, (struct memory){.stat = *stat});
  return 0;
}

/* ---- listings ---- */

static int list(const char *path, struct memory *found) {
  DIR *dir = opendir(AT(path));
  if (dir == NULL) return -errno;
  for (struct dirent *entry; (entry = readdir(dir));) {
    size_t length = strlen(entry->d_name) + 1;
    found->names = realloc(found->names, found->size + length);
    memcpy(found->names + found->size, entry->d_name, length);
    found->size += length;
  }
  closedir(dir);
  return 0;
}

static int fs_opendir(const char *path, struct fuse_file_info *file) {
  file->fh = (uintptr_t)strdup(path);
  return 0;
}

static int fs_releasedir(const char *path, struct fuse_file_info *file) {
  (void)path;
  free((char *)(uintptr_t)file->fh);
  return 0;
}

static int fs_readdir(const char *ignored, void *buffer, fuse_fill_dir_t fill, off_t offset,
                      struct fuse_file_info *file, enum fuse_readdir_flags flags) {
  (void)ignored, (void)offset, (void)flags;
  const char *path = (const char *)(uintptr_t)file->fh;
  pthread_mutex_lock(&lock);
  struct memory *known = recall(path, 1);
  if (known)
    for (size_t i = 0; i < known->size; i += strlen(known->names + i) + 1)
      fill(buffer, known->names + i, NULL, 0, 0);
  pthread_mutex_unlock(&lock);
  if (known) return 0;
  wait_a_while();
  if (is_stale()) return -ESTALE;
  struct memory fresh = {0};
  int error = list(path, &fresh);
  if (error) return error;
  for (size_t i = 0; i < fresh.size; i += strlen(fresh.names + i) + 1)
    fill(buffer, fresh.names + i, NULL, 0, 0);
  remember(path, 1, knob.dir, fresh);
  return 0;
}

/* ---- open files of this client, and the names that keep them alive ---- */

struct opened {
  struct opened *next;
  ino_t inode;
  int count;
  char hidden[PATH_MAX];
};
static struct opened *opened;

static void note_open(int fd) {
  struct stat stat;
  fstat(fd, &stat);
  pthread_mutex_lock(&lock);
  struct opened *one = opened;
  while (one && one->inode != stat.st_ino) one = one->next;
  if (one == NULL) {
    one = calloc(1, sizeof *one);
    one->inode = stat.st_ino;
    one->next = opened;
    opened = one;
  }
  one->count++;
  pthread_mutex_unlock(&lock);
}

static void note_close(int fd) {
  struct stat stat;
  char hidden[PATH_MAX] = "";
  fstat(fd, &stat);
  pthread_mutex_lock(&lock);
  for (struct opened **place = &opened; *place; place = &(*place)->next) {
    if ((*place)->inode != stat.st_ino) continue;
    struct opened *one = *place;
    if (--one->count == 0) {
      strcpy(hidden, one->hidden);
      *place = one->next;
      free(one);
    }
    break;
  }
  pthread_mutex_unlock(&lock);
  if (*hidden == 0) return;
  unlink(hidden);
  changed(hidden + strlen(knob.backing));
}

/* Under which name a descriptor was opened: the kernel names it by its number alone. */
#define OPEN_MAX_HERE 65536
static char *opened_as[OPEN_MAX_HERE];

static int keep_open(int fd, const char *path, struct fuse_file_info *file) {
  if (fd >= OPEN_MAX_HERE) {
    close(fd);
    return -EMFILE;
  }
  opened_as[fd] = strdup(path);
  note_open(fd);
  file->fh = fd;
  return 0;
}

/* Answers whether the file at `path` was open here and now lives on as .nfs... */
static int hide_if_open(const char *path) {
  struct stat stat;
  if (!knob.silly || lstat(AT(path), &stat) == -1 || !S_ISREG(stat.st_mode)) return 0;
  int is_hidden = 0;
  pthread_mutex_lock(&lock);
  for (struct opened *one = opened; one; one = one->next) {
    if (one->inode != stat.st_ino || *one->hidden) continue;
    const char *from = AT(path);
    int folder = (int)(strrchr(from, '/') - from);
    snprintf(one->hidden, sizeof one->hidden, "%.*s/.nfs%016lx%08x", folder, from,
             (unsigned long)stat.st_ino, (unsigned)next_random());
    is_hidden = rename(from, one->hidden) == 0;
    if (!is_hidden) *one->hidden = 0;
    break;
  }
  pthread_mutex_unlock(&lock);
  return is_hidden;
}

static int fs_open(const char *path, struct fuse_file_info *file) {
  wait_a_while();
  if (is_stale()) return -ESTALE;
  int fd = open(AT(path), file->flags & ~O_NOFOLLOW);
  /* Close-to-open: whoever opens a file sees what was written before, and knows that it is (not) there. */
  forget(path);
  if (fd == -1) return -errno;
  return keep_open(fd, path, file);
}

static int fs_create(const char *path, mode_t mode, struct fuse_file_info *file) {
  wait_a_while();
  int fd = open(AT(path), knob.noexcl ? file->flags & ~O_EXCL : file->flags, mode);
  int error = errno;
  if (knob.noexcl) forget(path);
  else changed(path);
  if (fd == -1) return -error;
  return keep_open(fd, path, file);
}

static int fs_release(const char *path, struct fuse_file_info *file) {
  (void)path;
  note_close(file->fh);
  if ((file->flags & O_ACCMODE) != O_RDONLY) forget(opened_as[file->fh]);
  free(opened_as[file->fh]);
  close(file->fh);
  return 0;
}

static int fs_read(const char *path, char *buffer, size_t size, off_t offset,
                   struct fuse_file_info *file) {
  (void)path;
  struct stat stat;
  wait_a_while();
  if (knob.stale && fstat(file->fh, &stat) == 0 && stat.st_nlink == 0) return -ESTALE;
  ssize_t got = pread(file->fh, buffer, size, offset);
  return got == -1 ? -errno : (int)got;
}

static int fs_write(const char *path, const char *buffer, size_t size, off_t offset,
                    struct fuse_file_info *file) {
  (void)path;
  wait_a_while();
  ssize_t put = pwrite(file->fh, buffer, size, offset);
  forget(opened_as[file->fh]);
  return put == -1 ? -errno : (int)put;
}

static int fs_fsync(const char *path, int data_only, struct fuse_file_info *file) {
  (void)path, (void)data_only;
  wait_a_while();
  return knob.nosync ? -EINVAL : answer(fsync(file->fh));
}

static int fs_fsyncdir(const char *ignored, int data_only, struct fuse_file_info *file) {
  (void)ignored, (void)data_only;
  const char *path = (const char *)(uintptr_t)file->fh;
  if (knob.nosync) return -EINVAL;
  int fd = open(AT(path), O_RDONLY | O_DIRECTORY);
  if (fd == -1) return -errno;
  int result = answer(fsync(fd));
  close(fd);
  return result;
}

/* ---- changes of names; each may succeed and report what a repeated request would be told ---- */

static int told(const char *path, int result, int lie) {
  int error = answer(result);
  if (error == 0 && drawn(knob.lie)) {
    /* No client looks a name up that it is about to create; a rename leaves what it knew of its target. */
    if (lie == -EEXIST) forget(path);
    return lie;
  }
  if (error == 0) changed(path);
  else forget(path);
  return error;
}

static int fs_mkdir(const char *path, mode_t mode) {
  wait_a_while();
  return told(path, mkdir(AT(path), mode), -EEXIST);
}

static int fs_rmdir(const char *path) {
  wait_a_while();
  return told(path, rmdir(AT(path)), -ENOENT);
}

static int fs_unlink(const char *path) {
  wait_a_while();
  int result = hide_if_open(path) ? 0 : unlink(AT(path));
  return told(path, result, -ENOENT);
}

static int fs_symlink(const char *target, const char *path) {
  return told(path, symlink(target, AT(path)), -EEXIST);
}

static int fs_mknod(const char *path, mode_t mode, dev_t device) {
  return told(path, mknod(AT(path), mode, device), -EEXIST);
}

static int fs_link(const char *from, const char *to) {
  wait_a_while();
  if (knob.nolink) return -EPERM;
  int error = told(to, linkat(AT_FDCWD, AT(from), AT_FDCWD, AT(to), 0), -EEXIST);
  forget(from);
  return error;
}

static int fs_rename(const char *from, const char *to, unsigned flags) {
  wait_a_while();
  if (flags) return -EINVAL;
  struct stat stat, target;
  int is_over = lstat(AT(to), &target) == 0;
  if (is_over && knob.noreplace) return -EEXIST;
  if (is_over && lstat(AT(from), &stat) == 0 && stat.st_ino != target.st_ino) hide_if_open(to);
  int error = told(to, rename(AT(from), AT(to)), -ENOENT);
  if (error == 0) changed(from);
  else forget(from);
  return error;
}

/* ---- the rest passes through ---- */

static int fs_readlink(const char *path, char *buffer, size_t size) {
  ssize_t got = readlink(AT(path), buffer, size - 1);
  if (got == -1) return -errno;
  buffer[got] = 0;
  return 0;
}

static int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *file) {
  if (path == NULL) return answer(fchmod(file->fh, mode));
  forget(path);
  return answer(chmod(AT(path), mode));
}

static int fs_chown(const char *path, uid_t user, gid_t group, struct fuse_file_info *file) {
  if (path == NULL) return answer(fchown(file->fh, user, group));
  forget(path);
  return answer(lchown(AT(path), user, group));
}

static int fs_truncate(const char *path, off_t size, struct fuse_file_info *file) {
  if (path != NULL) forget(path);
  return answer(file ? ftruncate(file->fh, size) : truncate(AT(path), size));
}

static int fs_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *file) {
  wait_a_while();
  if (path == NULL) return answer(futimens(file->fh, times));
  int result = answer(utimensat(AT_FDCWD, AT(path), times, AT_SYMLINK_NOFOLLOW));
  forget(path);
  return result;
}

static int fs_statfs(const char *path, struct statvfs *facts) {
  return answer(statvfs(AT(path), facts));
}

static void *fs_init(struct fuse_conn_info *connection, struct fuse_config *config) {
  connection->want &= ~(FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
  config->use_ino = 1;
  config->hard_remove = 1;
  /* An open file whose name is gone goes on under its descriptor. */
  config->nullpath_ok = 1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  /* Whoever mounted this is gone: so is the mount. */
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  return NULL;
}

static const struct fuse_operations operations = {
  .init = fs_init, .getattr = fs_getattr, .readlink = fs_readlink, .mknod = fs_mknod,
  .mkdir = fs_mkdir, .unlink = fs_unlink, .rmdir = fs_rmdir, .symlink = fs_symlink,
  .rename = fs_rename, .link = fs_link, .chmod = fs_chmod, .chown = fs_chown,
  .truncate = fs_truncate, .utimens = fs_utimens, .open = fs_open, .create = fs_create,
  .read = fs_read, .write = fs_write, .statfs = fs_statfs, .release = fs_release,
  .fsync = fs_fsync, .fsyncdir = fs_fsyncdir, .readdir = fs_readdir,
  .opendir = fs_opendir, .releasedir = fs_releasedir,
};

int main(int argc, char **argv) {
  struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
  if (fuse_opt_parse(&args, &knob, options, NULL) == -1 || knob.backing == NULL) {
    fprintf(stderr, "usage: nfs-like <mountpoint> -f -o backing=DIR[,knob=N...]\n");
    return 2;
  }
  state = 0x9e3779b97f4a7c15u ^ ((uint64_t)knob.seed << 17 | 1);
  for (int i = 0; i < 100; i++) next_random();
  umask(0);
  return fuse_main(args.argc, args.argv, &operations, NULL);
}

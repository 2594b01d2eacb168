/* Runs a fuzz target over the files of a folder (and over the empty input), as a TAP
 * test: for builds without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
run_file(const char *folder, const char *name)
{
    static uint8_t data[1 << 20];
    char path[4096];
    size_t size;
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "rb");
    if (!f)
        return -1;
    size = fread(data, 1, sizeof(data), f);
    (void)fclose(f);
    return LLVMFuzzerTestOneInput(data, size);
}

int
main(int argc, char **argv)
{
    int n = 1;
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    struct dirent *entry;

    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    printf("ok 1 - the empty input\n");
    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        printf("%s %d - %s\n", run_file(argv[1], entry->d_name) == 0 ? "ok" : "not ok",
               ++n, entry->d_name);
    }
    if (folder)
        (void)closedir(folder);
    printf("1..%d\n", n);
    return 0;
}

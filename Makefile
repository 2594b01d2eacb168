# Verbs over meson. `make` builds into build/; each other kind of build has a folder of its own.
SECS ?= 60
PROVE = prove --exec tools/tap-run
C_FILES = $(shell git ls-files -co --exclude-standard 'src/*.c' 'src/*.h' 'fuzz/*.c' 'test/*.[ch]' 'bench/*.c')
SHELL_FILES = komainu.sh tools/tap-run tools/optimize .ci/run .ci/conformance debian/komainu.postrm debian/komainu.prerm \
    test/lib/fetch_packages
# cppcheck 2.10 cannot read a compound literal behind `?:` (internalAstError) and does not see that a
# decoder writes its last argument (ctuuninitvar); it takes every later comparison of an index for the
# check of its bounds (arrayIndexThenCheck); system headers are not ours to check.
CPPCHECK = --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
    --suppress=missingIncludeSystem --suppress=internalAstError --suppress=ctuuninitvar \
    --suppress=arrayIndexThenCheck
# A test multiplies constants that it chose (3 * HOUR), which cannot overflow, and joins the lines of
# a file that it writes; -Wconversion and UBSan look at both.
TESTS = src/%_test.c
TEST_CHECKS = -bugprone-implicit-widening-of-multiplication-result,-bugprone-suspicious-missing-comma
ASAN = -Db_sanitize=address,undefined -Db_lundef=false
# Else UBSan tells what it finds and goes on, and nobody hears it.
export UBSAN_OPTIONS = halt_on_error=1:print_stacktrace=1

.PHONY: all install check check-system lint lint-all fuzz bench cover demo clean format man

all: build/build.ninja
	ninja -C build

# make install PREFIX=/usr DESTDIR=folder; the programs know where they will lie by PREFIX.
PREFIX ?= /usr/local
install:
	[ ! -e build-install/counting ] || rm -rf build-install
	[ -e build-install/build.ninja ] || tools/optimize build-install --prefix=$(PREFIX)
	meson configure build-install --prefix=$(PREFIX)
	ninja -C build-install
	DESTDIR=$(DESTDIR) meson install -C build-install --no-rebuild

# Units and corpora under ASan and UBSan.
check: build-asan/build.ninja
	ninja -C build-asan test-programs
	$(PROVE) $$(find build-asan -type f -perm -u+x \( -name '*_test' -o -name '*_fuzz' \) | sort)

# Namespaces, a real Postfix, the sandbox on; needs root.
check-system: all
	$(PROVE) --timer $$(find test/system -name '*.t' | sort)

lint: build-lint/build.ninja
	clang-format --dry-run -Werror $(C_FILES)
	shellcheck $(SHELL_FILES)
	codespell --skip='./build*,./.git,./.cache,./fuzz/corpus' --ignore-words-list=whos,exemple,nd,nin,fo,wee,whats,smpt,ist,ect,wit,haa,tha,taht,pont,ue .
	find doc/man -name '*.[1-8]' -exec mandoc -T lint -W warning {} +
	cppcheck $(CPPCHECK) -D__linux__ -I src $(filter %.c,$(C_FILES))
	ninja -C build-lint
	tools/tidy.py build-lint $(filter-out $(TESTS),$(filter src/%.c,$(C_FILES)))
	tools/tidy.py build-lint --checks=$(TEST_CHECKS) $(filter $(TESTS),$(C_FILES))

# All files again, whether they were clean or not.
lint-all:
	rm -rf build-lint/tidy
	$(MAKE) lint

# Every fuzz target for SECS seconds; new inputs are kept in build-fuzz, the corpus is what we chose.
fuzz: build-fuzz/build.ninja
	ninja -C build-fuzz
	set -e; for target in $$(find build-fuzz -type f -perm -u+x -name '*_fuzz' | sort); do \
	    name=$${target##*/}; name=$${name%_fuzz}; \
	    mkdir -p "build-fuzz/found/$$name" "fuzz/corpus/$$name"; \
	    echo "== $$name, $(SECS) s"; \
	    "$$target" -max_total_time=$(SECS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	        -artifact_prefix="build-fuzz/found/$$name-" \
	        "build-fuzz/found/$$name" "fuzz/corpus/$$name" 2>"build-fuzz/$$name.log" \
	        || { tail -n 40 "build-fuzz/$$name.log"; exit 1; }; \
	    grep -h 'stat::number_of_executed_units' "build-fuzz/$$name.log"; \
	    rmdir --ignore-fail-on-non-empty "fuzz/corpus/$$name"; \
	done

bench: all
	bench/run

cover: build-cover/build.ninja
	ninja -C build-cover
	$(PROVE) $$(find build-cover -type f -perm -u+x \( -name '*_test' -o -name '*_fuzz' \) | sort)
	gcovr --root . --object-directory build-cover --filter src/ --exclude '.*_test\.c' \
	    --exclude '.*_fuzz\.c' --sort-percentage --print-summary

demo:
	./komainu.sh demo

format:
	clang-format -i $(C_FILES)

# Shows the manual pages as text, so that one can read what one wrote.
man:
	find doc/man -name '*.[1-8]' -exec mandoc -T utf8 {} +

clean:
	rm -rf build build-test build-asan build-fuzz build-cover build-install build-lint build-package

build/build.ninja:
	meson setup build

build-asan/build.ninja:
	meson setup build-asan $(ASAN) -Doptimization=1

build-fuzz/build.ninja:
	CC=clang meson setup build-fuzz -Dfuzzers=true $(ASAN)

# clang-tidy does not know all that gcc takes.
build-lint/build.ninja:
	CC=clang meson setup build-lint -Dtests=enabled

build-cover/build.ninja:
	meson setup build-cover -Db_coverage=true --buildtype=debug

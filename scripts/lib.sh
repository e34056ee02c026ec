# Words the scripts share. Sourced, not run.

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
fail() { # what happened, what to do about it
  printf '\nfailed: %s\n' "$1" >&2
  [ -n "${2:-}" ] && printf 'advice: %s\n' "$2" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "this needs root: $*" "run it as root, or install sudo"
  fi
}

# Installs the Debian packages among its arguments that are missing.
install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null ||
    fail "these packages are missing: ${missing[*]}" "install them with your system's package manager"
  echo "installing ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
  # No service may start by itself: what is needed is started on loopback, and stopped again.
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "could not install ${missing[*]}" "look at the messages above; is the package archive reachable?"
}

need_cargo() {
  command -v cargo >/dev/null || fail "cargo is missing" "install Rust with rustup (https://rustup.rs), then open a new shell"
  command -v cc >/dev/null || install_packages gcc libc6-dev
  command -v cmake >/dev/null || install_packages cmake
}

need_nextest() {
  cargo nextest --version >/dev/null 2>&1 && return
  echo "installing cargo-nextest (once, some minutes)"
  cargo install --locked cargo-nextest || fail "could not install cargo-nextest" "install it by hand: cargo install --locked cargo-nextest"
}

need_node() { command -v node >/dev/null && command -v npm >/dev/null || install_packages nodejs npm; }

docker_answers() { command -v docker >/dev/null && docker version >/dev/null 2>&1; }

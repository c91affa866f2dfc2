# Sourced by the scripts of this folder: a virtual environment of their own, and their verdict.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# with_packages NAME==VERSION …: the interpreter is "$python" afterwards
with_packages() {
    python3 -m venv "$folder/venv"
    python="$folder/venv/bin/python"
    "$python" -m pip install --quiet --disable-pip-version-check "$@" 2>/dev/null
}

# expect SEEN STATED: exit status 1 where they differ
expect() {
    if [ "$1" = "$2" ]; then
        printf 'as stated:\n%s\n' "$1"
    else
        printf 'CHANGED\nstated:\n%s\nseen:\n%s\n' "$2" "$1"
        exit 1
    fi
}

#!/usr/bin/env bash
# Install the Debian packages that building, running and testing need; those there already are left alone.
#   bash host/install.sh build [test] [data] [lint] [readers]
set -euo pipefail

declare -A sets=(
  [build]="g++ cmake ninja-build pkg-config libboost-dev libeigen3-dev libyaml-cpp-dev libhdf5-dev libcli11-dev
           libfmt-dev nlohmann-json3-dev libssl-dev zlib1g-dev libopenblas-serial-dev liblapacke-dev"
  [test]="catch2 python3 python3-h5py libfaketime locales clang-14 libclang-rt-14-dev hdf5-tools binutils"
  [data]="dataset-fashion-mnist"
  [lint]="clang-format-14 clang-tidy-14"
  [readers]="netcdf-bin python3-xarray python3-h5netcdf python3-anndata octave"
)

wanted=()
for set in "$@"; do
  read -r -a packages <<<"$(echo ${sets[$set]})"
  wanted+=("${packages[@]}")
done
missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Run as root, or install: ${missing[*]}" >&2; exit 1; }
  as_root="sudo"
fi
echo "Installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null

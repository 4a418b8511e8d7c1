#include "ens/keccak.h"

#include <cryptopp/keccak.h>

namespace holdfast::ens {

Hash keccak256(Bytes bytes) {
  CryptoPP::Keccak_256 keccak;
  keccak.Update(bytes.data(), bytes.size());
  Hash hash;
  keccak.Final(hash.data());
  return hash;
}

}  // namespace holdfast::ens

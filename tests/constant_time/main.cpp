// Compares guesses with a secret under memcheck, to which the secret's bytes are undefined: it
// reports each branch and each address that depends on them, and so whatever could take longer for
// the better guess. With the argument `memcmp` the comparison is one that does, and is found.
#include <valgrind/memcheck.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "agent/base/constant_time.h"

namespace {

using Compare = bool (*)(std::string_view, std::string_view);

bool equal_by_memcmp(std::string_view one, std::string_view other) {
  return one.size() == other.size() && std::memcmp(one.data(), other.data(), one.size()) == 0;
}

// That the guess is right or wrong is no secret: the answer says it.
bool told(bool equal) {
  VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof equal);
  return equal;
}

bool answers_rightly(Compare equal, std::size_t bytes) {
  std::string secret(bytes, 's');
  VALGRIND_MAKE_MEM_UNDEFINED(secret.data(), secret.size());
  const std::string right(bytes, 's');
  bool as_it_should = told(equal(secret, right)) && !told(equal(secret, right + "s"));
  for (const std::size_t wrong_from : {std::size_t{0}, bytes / 2, bytes - 1}) {
    std::string guess = right;
    guess.replace(wrong_from, bytes, std::string(bytes - wrong_from, 'x'));
    as_it_should = !told(equal(secret, guess)) && as_it_should;
  }
  return as_it_should;
}

}  // namespace

int main(int argc, char** argv) {
  const bool by_memcmp = argc == 2 && std::string_view(argv[1]) == "memcmp";
  if (RUNNING_ON_VALGRIND == 0 || (argc > 1 && !by_memcmp)) {
    std::fputs("usage: valgrind --error-exitcode=9 storeward-constant-time [memcmp]\n", stderr);
    return 64;
  }
  const Compare equal = by_memcmp ? equal_by_memcmp : storeward::equal_in_constant_time;
  // A digest; its base64, and its hexadecimal digits.
  for (const std::size_t bytes : {32, 44, 64}) {
    if (!answers_rightly(equal, bytes)) return 1;
  }
  return 0;
}

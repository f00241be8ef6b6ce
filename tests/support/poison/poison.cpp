// LD_PRELOADed into the agent: a stand-in for a bug of ours that one record brings to light. The
// process ends at once when a record with the word POISON in it is mapped, which begins with the
// hash of the record as it stands. Hashing it with a prefix, to keep it as an exception, does not.
#include <dlfcn.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <string_view>

extern "C" int SHA256_Update(SHA256_CTX* context, const void* data, std::size_t size) {
  const std::string_view bytes(static_cast<const char*>(data), size);
  const bool of_a_record = size < 4096 && bytes.starts_with("2026-");
  if (of_a_record && bytes.find("POISON") != std::string_view::npos) std::abort();
  using Original = int (*)(SHA256_CTX*, const void*, std::size_t);
  static const auto original = reinterpret_cast<Original>(dlsym(RTLD_NEXT, "SHA256_Update"));
  return original(context, data, size);
}

// LD_PRELOADed into a program: each look-up of a name takes STOREWARD_DNS_DELAY_S seconds and then
// finds nothing, as with a dead resolver. Addresses in digits are looked up as ever.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  std::array<unsigned char, 16> address{};
  if (name == nullptr || inet_pton(AF_INET, name, address.data()) == 1 ||
      inet_pton(AF_INET6, name, address.data()) == 1) {
    using Original = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto original = reinterpret_cast<Original>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return original(name, service, hints, found);
  }
  const char* const delay = std::getenv("STOREWARD_DNS_DELAY_S");
  sleep(delay == nullptr ? 0 : static_cast<unsigned>(std::atoi(delay)));
  return EAI_AGAIN;
}

#include "agent/core/register_key.h"

namespace storeward {
namespace {

constexpr char separator = '\x1f';  // ids have "/" in them

}  // namespace

std::string register_key(std::string_view site, std::string_view own_site, std::string_view id) {
  std::string key;
  if (!site.empty() && site != own_site) key.append(site).push_back(separator);
  return key.append(id);
}

RegisterName register_name(std::string_view key) {
  const std::size_t end = key.find(separator);
  if (end == key.npos) return {{}, std::string(key)};
  return {std::string(key.substr(0, end)), std::string(key.substr(end + 1))};
}

std::string register_words(std::string_view key) {
  const RegisterName name = register_name(key);
  return "register " + name.id + (name.site.empty() ? "" : " of site " + name.site);
}

}  // namespace storeward

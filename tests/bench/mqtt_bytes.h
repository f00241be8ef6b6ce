// The bytes of the few MQTT 5 packets that the bench needs, written and read without a library.
// OASIS MQTT 5.0, sections 2 and 3. Numbers are big-endian.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench::mqtt {

enum Type : std::uint8_t { connack = 2, publish = 3, puback = 4, suback = 9 };

struct Packet {
  std::uint8_t type = 0, flags = 0;
  std::string_view body;
  std::size_t size = 0;  // with its header
};

inline void put16(std::string& out, std::size_t number) {
  out.push_back(static_cast<char>(number >> 8));
  out.push_back(static_cast<char>(number));
}

inline void put_text(std::string& out, std::string_view text) {
  put16(out, text.size());
  out += text;
}

inline void put_varint(std::string& out, std::size_t number) {
  for (; number > 127; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

inline void put_packet(std::string& out, std::uint8_t first_byte, std::string_view body) {
  out.push_back(static_cast<char>(first_byte));
  put_varint(out, body.size());
  out += body;
}

inline std::string connect(std::string_view client_id, std::uint16_t receive_maximum) {
  std::string body, out;
  put_text(body, "MQTT");
  body += {5, 0x02, 0, 60};  // version, clean start, keep alive
  body += {3, 0x21};         // three bytes of properties: Receive Maximum
  put16(body, receive_maximum);
  put_text(body, client_id);
  put_packet(out, 0x10, body);
  return out;
}

// MQTT 3.1.1, which every broker speaks; clean session, no keep-alive.
inline std::string connect_3_1_1(std::string_view client_id) {
  std::string body, out;
  put_text(body, "MQTT");
  body += {4, 0x02, 0, 0};
  put_text(body, client_id);
  put_packet(out, 0x10, body);
  return out;
}

inline std::string subscribe(std::string_view filter) {
  std::string body, out;
  put16(body, 1);
  body.push_back(0);  // no properties
  put_text(body, filter);
  body.push_back(1);  // QoS 1
  put_packet(out, 0x82, body);
  return out;
}

// QoS 1. `first` and `last` become user properties, as the agent writes them; last 0: none.
inline void put_publish(std::string& out, std::string_view topic, std::string_view payload,
                        std::uint16_t packet_id, std::uint64_t first = 0, std::uint64_t last = 0,
                        bool retain = false) {
  std::string head, properties;
  put_text(head, topic);
  put16(head, packet_id);
  if (last > 0) {
    for (const auto& [name, number] : {std::pair{"first", first}, std::pair{"last", last}}) {
      properties.push_back(0x26);
      put_text(properties, name);
      put_text(properties, std::to_string(number));
    }
  }
  put_varint(head, properties.size());
  head += properties;
  out.push_back(static_cast<char>(retain ? 0x33 : 0x32));
  put_varint(out, head.size() + payload.size());
  out += head;
  out += payload;
}

// MQTT 3.1.1, QoS 1: it knows no properties.
inline void put_publish_3_1_1(std::string& out, std::string_view topic, std::string_view payload,
                              std::uint16_t packet_id) {
  std::string head;
  put_text(head, topic);
  put16(head, packet_id);
  out.push_back(0x32);
  put_varint(out, head.size() + payload.size());
  out += head;
  out += payload;
}

inline void put_puback(std::string& out, std::uint16_t packet_id) {
  out += {0x40, 2};
  put16(out, packet_id);
}

inline std::size_t read16(std::string_view bytes) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 |
         static_cast<unsigned char>(bytes[1]);
}

// Takes it from the front of `bytes`; nothing if it is not all there.
inline std::optional<std::size_t> take_varint(std::string_view& bytes) {
  std::size_t number = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 4; ++i) {
    number |= static_cast<std::size_t>(bytes[i] & 0x7f) << (7 * i);
    if ((bytes[i] & 0x80) == 0) return bytes.remove_prefix(i + 1), number;
  }
  return std::nullopt;
}

inline std::optional<Packet> next_packet(std::string_view buffer) {
  if (buffer.size() < 2) return std::nullopt;
  std::string_view rest = buffer.substr(1);
  const auto length = take_varint(rest);
  if (!length || rest.size() < *length) return std::nullopt;
  const auto first = static_cast<unsigned char>(buffer[0]);
  return Packet{static_cast<std::uint8_t>(first >> 4), static_cast<std::uint8_t>(first & 15),
                rest.substr(0, *length), buffer.size() - rest.size() + *length};
}

struct Published {
  std::string_view topic, payload, epoch;
  std::uint16_t packet_id = 0;  // 0: QoS 0
  std::uint64_t first = 0, last = 0;
};

// Of the packets that a broker of our own passes on: it is trusted to send them whole.
inline Published read_publish(const Packet& packet) {
  Published found;
  std::string_view rest = packet.body;
  const auto take = [&rest](std::size_t size) {
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(taken.size());
    return taken;
  };
  found.topic = take(read16(take(2)));
  if ((packet.flags & 6) != 0) found.packet_id = static_cast<std::uint16_t>(read16(take(2)));
  std::string_view properties = take(take_varint(rest).value_or(0));
  found.payload = rest;
  std::swap(rest, properties);
  while (!rest.empty()) {
    switch (take(1)[0]) {
      case 0x26: {  // user property
        const std::string_view name = take(read16(take(2))), value = take(read16(take(2)));
        const auto number = [&value](std::uint64_t& into) {
          std::from_chars(value.data(), value.data() + value.size(), into);
        };
        if (name == "first") number(found.first);
        if (name == "last") number(found.last);
        if (name == "epoch") found.epoch = value;
        break;
      }
      case 0x01:
        take(1);
        break;  // payload format
      case 0x02:
        take(4);
        break;  // expiry
      case 0x03:
      case 0x08:
      case 0x09:
        take(read16(take(2)));
        break;  // texts and bytes
      default:
        return found;
    }
  }
  return found;
}

}  // namespace bench::mqtt

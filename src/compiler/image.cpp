#include "compiler/image.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <mutex>
#include <span>

#include "base/error.h"
#include "compiler/tables.h"
#include "compiler/weights.h"
#include "isa/sizes.h"

namespace godwit::compiler {
namespace {

/// Memory for segments; what it gave stays where it is.
class Bytes {
 public:
  std::span<std::byte> take(std::size_t size) { return blocks_.emplace_back(size); }

 private:
  std::deque<std::vector<std::byte>> blocks_;
};

class ImageWriter {
 public:
  ImageWriter(const Model& model, const Plan& plan, const Layout& layout, const isa::Card& card, std::uint32_t context,
              int fraction_bits, ThreadPool& pool, const std::function<void(const std::string&, double)>& progress)
      : model_(model),
        plan_(plan),
        layout_(layout),
        card_(card),
        context_(context),
        fraction_bits_(fraction_bits),
        pool_(pool),
        progress_(progress) {}

  Image write(const std::vector<isa::Words>& descriptors, const std::vector<isa::Words>& instructions) {
    if (model_.has_weights) {
      count_rows();
      write_matrices();
      write_embedding();
      write_norms();
      write_positions();
      write_angles_table();
    }
    write_code("descriptors", layout_.descriptors, descriptors);
    write_code("instructions", layout_.code, instructions);
    return {.segments = std::move(segments_), .owner = bytes_};
  }

 private:
  std::span<std::byte> segment(const std::string& name, std::uint32_t channel, std::uint64_t address,
                               std::uint64_t size) {
    const std::span<std::byte> bytes = bytes_->take(size);
    segments_.push_back({.name = name, .channel = channel, .address = address, .bytes = bytes});
    return bytes;
  }

  // ---- how far it is, in rows of matrices and of the embedding

  void count_rows() {
    const auto count = [&](const MatrixPlan& m) { all_rows_ += padded_rows(m); };
    for (const Section& block : plan_.blocks) std::ranges::for_each(block.matrices, count);
    std::ranges::for_each(plan_.shared.matrices, count);
  }
  [[nodiscard]] std::size_t padded_rows(const MatrixPlan& m) const {
    return std::size_t{m.descriptor.block_rows} * isa::block_rows * static_cast<std::size_t>(card_.slices);
  }
  void done(const std::string& name, std::size_t rows) {
    rows_done_ += rows;
    if (!progress_) return;
    // Read inside the lock: a thread that stopped before it would tell of fewer rows than the one that told last.
    const std::unique_lock lock(reporting_, std::try_to_lock);
    if (lock) progress_(name, static_cast<double>(rows_done_) / static_cast<double>(all_rows_));
  }

  // ---- parts

  void write_matrices() {
    std::size_t number = 0;
    for (const Section& block : plan_.blocks) {
      for (const MatrixPlan& m : block.matrices) write_matrix(m, layout_.matrices[number++]);
    }
    for (const MatrixPlan& m : plan_.shared.matrices) write_matrix(m, layout_.matrices[number++]);
  }

  void write_matrix(const MatrixPlan& m, std::uint64_t address) {
    std::vector<std::span<std::byte>> streams;
    streams.reserve(static_cast<std::size_t>(card_.slices));
    for (int s = 0; s < card_.slices; ++s) {
      streams.push_back(
          segment(m.source.name, static_cast<std::uint32_t>(s), address, m.descriptor.granules * isa::granule_bytes));
    }
    fill_streams(m.source, m.coding, m.descriptor, fraction_bits_, streams, pool_,
                 [&](std::size_t rows) { done(m.source.name, rows); });
  }

  void write_embedding() {
    const Tensor& table = plan_.embedding;
    check_finite(table);
    const auto slices = static_cast<std::size_t>(card_.slices);
    std::vector<std::span<std::byte>> parts;
    for (std::uint32_t s = 0; s < slices; ++s) {
      const std::uint64_t rows = (table.rows() + slices - 1 - s) / slices;
      parts.push_back(segment("embedding", s, layout_.embedding.address, rows * layout_.embedding.row_bytes));
    }
    pool_.parallel_for(table.rows(), 64, [&](std::size_t begin, std::size_t end) {
      std::vector<float> row(table.columns());
      for (std::size_t r = begin; r < end; ++r) {
        read_row(table, r, row);
        write_scaled16(
            row, parts[r % slices].subspan(r / slices * layout_.embedding.row_bytes, layout_.embedding.row_bytes));
      }
    });
  }

  void write_norms() {
    std::size_t number = 0;
    for (const Section& block : plan_.blocks) {
      for (const NormPlan& norm : block.norms) write_norm(norm, layout_.norms[number++]);
    }
    for (const NormPlan& norm : plan_.shared.norms) write_norm(norm, layout_.norms[number++]);
  }

  void write_norm(const NormPlan& norm, const NormPlace& place) {
    check_finite(norm.weight);
    std::vector<std::int32_t> words(place.numbers);
    const std::vector<float> weights = to_floats(norm.weight);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      words[i] = coefficient_of(static_cast<double>(weights[i]), fmt::format("weight {} of '{}'", i, norm.name));
    }
    if (norm.bias) {
      check_finite(*norm.bias);
      const std::vector<float> biases = to_floats(*norm.bias);
      for (std::size_t i = 0; i < biases.size(); ++i) {
        words[place.stride + i] =
            real_of(static_cast<double>(biases[i]), fraction_bits_, fmt::format("bias {} of '{}'", i, norm.name));
      }
    }
    write_words(words, segment(norm.name, 0, place.address, words.size() * sizeof(std::int32_t)));
  }

  void write_positions() {
    if (!plan_.positions) return;
    check_finite(*plan_.positions);
    // The capacity is whole blocks of positions; the model may have fewer.
    const std::size_t rows =
        std::min<std::size_t>(layout_.positions.rows, plan_.positions->rows() - plan_.position_offset);
    const std::uint64_t bytes = layout_.positions.row_bytes;
    const std::span<std::byte> out = segment("positions", 0, layout_.positions.address, rows * bytes);
    std::vector<float> row(plan_.positions->columns());
    for (std::size_t p = 0; p < rows; ++p) {
      read_row(*plan_.positions, p + plan_.position_offset, row);
      write_scaled16(row, out.subspan(p * bytes, bytes));
    }
  }

  void write_angles_table() {
    if (plan_.attention.turned_dim == 0) return;
    const RopeTable table = rope_table(model_.config, context_);
    const std::uint64_t bytes = layout_.angles.row_bytes;
    const std::span<std::byte> out = segment("angles", 0, layout_.angles.address, layout_.angles.rows * bytes);
    for (std::size_t p = 0; p < layout_.angles.rows; ++p) write_angles(table, p, out.subspan(p * bytes, bytes));
  }

  void write_code(const std::string& name, std::uint64_t address, const std::vector<isa::Words>& words) {
    const std::span<std::byte> out = segment(name, 0, address, words.size() * sizeof(isa::Words));
    std::memcpy(out.data(), words.data(), out.size());
  }

  const Model& model_;
  const Plan& plan_;
  const Layout& layout_;
  const isa::Card& card_;
  std::uint32_t context_;  // positions; the capacity is this filled up
  int fraction_bits_;
  ThreadPool& pool_;
  const std::function<void(const std::string&, double)>& progress_;
  std::shared_ptr<Bytes> bytes_ = std::make_shared<Bytes>();
  std::vector<isa::Segment> segments_;
  std::size_t all_rows_ = 0;
  std::atomic<std::size_t> rows_done_ = 0;
  std::mutex reporting_;
};

}  // namespace

Image make_image(const Model& model, const Plan& plan, const Layout& layout, const isa::Card& card,
                 std::uint32_t context, int fraction_bits, const std::vector<isa::Words>& descriptors,
                 const std::vector<isa::Words>& instructions, ThreadPool& pool,
                 const std::function<void(const std::string&, double)>& progress) {
  return ImageWriter(model, plan, layout, card, context, fraction_bits, pool, progress)
      .write(descriptors, instructions);
}

}  // namespace godwit::compiler

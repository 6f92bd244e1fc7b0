// Tda's bridge to LibTorch: a C ABI over c10's dispatcher, compiled on the machine against the LibTorch found there.
//
// Why one generic call instead of one export per operator: every ATen operator is reachable by schema name with boxed
// arguments, so this file stays small, knows no operator, and compiles against LibTorch 1.13 to 2.x alike.
//
// Contract, kept in sync with Bridge.cs and Slot.cs:
//   - A tensor handle is a c10::TensorImpl* that owns one reference; tda_release gives it back. 0 means undefined.
//   - Every export that can fail returns a negative number and leaves its message in tda_error() of the calling thread.
//   - No C++ exception leaves this file.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include <atomic>
#include <cstring>
#include <string>
#include <vector>

#define TDA_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

constexpr int32_t kAbi = 2;

enum Tag : int32_t {
  kNone, kTensor, kInt, kDouble, kBool, kIntList, kTensorList, kOptionalTensorList, kString, kDevice, kDefault, kGenerator, kDoubleList
};

// One argument or result. `count` is the length of a list or string, or the type of a device.
struct Slot { int32_t tag; int32_t count; int64_t bits; };
static_assert(sizeof(Slot) == 16, "Slot.cs mirrors this layout");

struct Operator {
  c10::OperatorHandle handle;
  std::vector<c10::IValue> defaults;
  std::vector<bool> has_default;
};

// c10::optional became std::optional during 2.x: take whichever this LibTorch's own schema uses.
template <class T> struct Rebind;
template <template <class...> class Optional, class T> struct Rebind<Optional<T>> { using tensor = Optional<at::Tensor>; };
using OptionalTensor = typename Rebind<std::decay_t<decltype(std::declval<const c10::Argument&>().default_value())>>::tensor;

thread_local std::string last_error;
thread_local std::vector<Slot> overflow;
thread_local torch::jit::Stack reused_stack;

// OpenMP keeps its thread count per calling thread, so a count set on one .NET thread must be re-applied on the others.
std::atomic<int> wanted_threads{0};
thread_local int applied_threads = 0;

void apply_threads() {
  const int wanted = wanted_threads.load(std::memory_order_relaxed);
  if (applied_threads != wanted) { at::set_num_threads(wanted); applied_threads = wanted; }
}

// LibTorch appends C++ frames, and for a missing kernel every registered backend: none of that helps the caller.
void remember(const char* text) {
  last_error = text ? text : "unknown error";
  for (const char* noise : {"\nException raised from", "\nThis could be because", " This could be because", "\n\n"}) {
    const auto at = last_error.find(noise);
    if (at != std::string::npos) last_error.resize(at);
  }
  if (last_error.size() > 1000) { last_error.resize(1000); last_error += "…"; }
}

template <class F> int guarded(F&& body) noexcept {
  try { return body(); }
  catch (const c10::Error& e) { remember(e.what_without_backtrace()); }
  catch (const std::exception& e) { remember(e.what()); }
  catch (...) { remember("unknown C++ exception"); }
  reused_stack.clear();
  return -1;
}

using TensorPtr = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

c10::TensorImpl* impl(int64_t handle) { return reinterpret_cast<c10::TensorImpl*>(handle); }
at::Tensor borrow(int64_t handle) { return handle ? at::Tensor(TensorPtr::reclaim_copy(impl(handle))) : at::Tensor(); }
int64_t give(at::Tensor tensor) { return tensor.defined() ? reinterpret_cast<int64_t>(tensor.unsafeReleaseTensorImpl()) : 0; }
c10::Device device_of(int32_t type, int32_t index) {
  return c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
}

c10::IValue boxed(const Slot& slot) {
  switch (slot.tag) {
    case kNone: return c10::IValue();
    case kTensor: return borrow(slot.bits);
    case kInt: return slot.bits;
    case kDouble: { double value; std::memcpy(&value, &slot.bits, sizeof value); return value; }
    case kBool: return slot.bits != 0;
    case kIntList: {
      auto* data = reinterpret_cast<const int64_t*>(slot.bits);
      return at::IntArrayRef(data, slot.count);
    }
    case kDoubleList: {
      auto* data = reinterpret_cast<const double*>(slot.bits);
      return std::vector<double>(data, data + slot.count);
    }
    case kTensorList: {
      auto* data = reinterpret_cast<const int64_t*>(slot.bits);
      c10::List<at::Tensor> list;
      list.reserve(slot.count);
      for (int i = 0; i < slot.count; i++) list.push_back(borrow(data[i]));
      return list;
    }
    case kOptionalTensorList: {
      auto* data = reinterpret_cast<const int64_t*>(slot.bits);
      c10::List<OptionalTensor> list;
      list.reserve(slot.count);
      for (int i = 0; i < slot.count; i++) list.push_back(data[i] ? OptionalTensor(borrow(data[i])) : OptionalTensor());
      return list;
    }
    case kString: return std::string(reinterpret_cast<const char*>(slot.bits), slot.count);
    case kDevice: return device_of(slot.count, static_cast<int32_t>(slot.bits));
    case kGenerator: return *reinterpret_cast<at::Generator*>(slot.bits);
    default: throw std::invalid_argument("unknown argument tag " + std::to_string(slot.tag));
  }
}

template <class Emit> void unbox(c10::IValue&& value, Emit&& emit) {
  if (value.isTensor()) emit(Slot{kTensor, 0, give(std::move(value).toTensor())});
  else if (value.isTensorList()) for (at::Tensor t : value.toTensorVector()) emit(Slot{kTensor, 0, give(std::move(t))});
  else if (value.isInt()) emit(Slot{kInt, 0, value.toInt()});
  else if (value.isBool()) emit(Slot{kBool, 0, value.toBool()});
  else if (value.isDouble()) { Slot s{kDouble, 0, 0}; const double d = value.toDouble(); std::memcpy(&s.bits, &d, sizeof d); emit(s); }
  else if (value.isNone()) emit(Slot{kNone, 0, 0});
  else throw std::invalid_argument("the operator returns a " + value.tagKind() + ", which the bridge does not carry");
}

torch::autograd::variable_list list_of(const int64_t* handles, int count) {
  torch::autograd::variable_list list;
  list.reserve(count);
  for (int i = 0; i < count; i++) list.push_back(borrow(handles[i]));
  return list;
}

}  // namespace

TDA_EXPORT int tda_abi() { return kAbi; }
TDA_EXPORT const char* tda_error() { return last_error.c_str(); }
TDA_EXPORT const char* tda_version() { return TORCH_VERSION; }
TDA_EXPORT const char* tda_config() {
  thread_local std::string text;
  return guarded([] { text = at::show_config() + "\n" + at::get_parallel_info(); return 0; }) < 0 ? "" : text.c_str();
}

// ---- operators -----------------------------------------------------------------------------------------------------

// 1: found, 0: this LibTorch has no such operator.
TDA_EXPORT int tda_find(const char* name, const char* overload, void** found) {
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle.has_value()) return 0;
    auto* op = new Operator{*handle, {}, {}};
    for (const auto& argument : handle->schema().arguments()) {
      op->has_default.push_back(argument.default_value().has_value());
      op->defaults.push_back(op->has_default.back() ? *argument.default_value() : c10::IValue());
    }
    *found = op;
    return 1;
  });
}

// Calls the operator; missing trailing arguments take the schema's defaults. Returns how many results there are, lists
// flattened. Results beyond `capacity` wait in tda_overflow.
TDA_EXPORT int tda_call(void* op_, const Slot* args, int count, Slot* results, int capacity) {
  return guarded([&] {
    apply_threads();
    auto* op = static_cast<Operator*>(op_);
    auto& stack = reused_stack;
    stack.clear();
    const size_t expected = op->defaults.size();
    for (size_t i = 0; i < expected; i++) {
      if (i < static_cast<size_t>(count) && args[i].tag != kDefault) stack.push_back(boxed(args[i]));
      else if (op->has_default[i]) stack.push_back(op->defaults[i]);
      else throw std::invalid_argument("argument " + std::to_string(i) + " of " + op->handle.schema().name() + " has no default");
    }
    op->handle.callBoxed(stack);
    int total = 0;
    overflow.clear();
    for (auto& value : stack)
      unbox(std::move(value), [&](Slot slot) { if (total < capacity) results[total] = slot; else overflow.push_back(slot); total++; });
    stack.clear();
    return total;
  });
}

TDA_EXPORT void tda_overflow(Slot* results, int count) {
  std::memcpy(results, overflow.data(), sizeof(Slot) * std::min<size_t>(count, overflow.size()));
  overflow.clear();
}

// ---- tensors -------------------------------------------------------------------------------------------------------

TDA_EXPORT void tda_release(int64_t tensor) { guarded([&] { TensorPtr::reclaim(impl(tensor)); return 0; }); }
TDA_EXPORT int64_t tda_alias(int64_t tensor) { return give(borrow(tensor)); }
TDA_EXPORT int tda_dtype(int64_t tensor) { return static_cast<int>(c10::typeMetaToScalarType(impl(tensor)->dtype())); }
TDA_EXPORT int64_t tda_numel(int64_t tensor) { return impl(tensor)->numel(); }
TDA_EXPORT int64_t tda_itemsize(int64_t tensor) { return static_cast<int64_t>(impl(tensor)->itemsize()); }
TDA_EXPORT int tda_dim(int64_t tensor) { return static_cast<int>(impl(tensor)->dim()); }
TDA_EXPORT int tda_device(int64_t tensor, int32_t* index) {
  const auto device = impl(tensor)->device();
  *index = device.index();
  return static_cast<int>(device.type());
}
// sizes and strides each take tda_dim values; either may be null.
TDA_EXPORT int tda_shape(int64_t tensor, int64_t* sizes, int64_t* strides) {
  return guarded([&] {
    if (sizes) std::copy(impl(tensor)->sizes().begin(), impl(tensor)->sizes().end(), sizes);
    if (strides) std::copy(impl(tensor)->strides().begin(), impl(tensor)->strides().end(), strides);
    return static_cast<int>(impl(tensor)->dim());
  });
}
// bit 0 contiguous, 1 requires_grad, 2 leaf, 3 sparse, 4 inference
TDA_EXPORT int tda_flags(int64_t tensor) {
  return guarded([&] {
    const auto t = borrow(tensor);
    return (t.is_contiguous() ? 1 : 0) | (t.requires_grad() ? 2 : 0) | (t.is_leaf() ? 4 : 0) | (t.is_sparse() ? 8 : 0) | (t.is_inference() ? 16 : 0);
  });
}
TDA_EXPORT int64_t tda_storage_offset(int64_t tensor) { return impl(tensor)->storage_offset(); }
TDA_EXPORT int tda_data(int64_t tensor, void** data) { return guarded([&] { *data = borrow(tensor).data_ptr(); return 0; }); }

// One copy, straight from the host buffer into the tensor's storage on its device.
TDA_EXPORT int tda_from_host(const void* source, const int64_t* sizes, int dim, int dtype, int device_type, int device_index, int64_t* result) {
  return guarded([&] {
    const auto type = static_cast<c10::ScalarType>(dtype);
    const auto device = device_of(device_type, device_index);
    const at::IntArrayRef shape(sizes, dim);
    auto tensor = at::empty(shape, at::TensorOptions().dtype(type).device(device));
    if (tensor.numel() > 0) {
      if (device.is_cpu()) std::memcpy(tensor.data_ptr(), source, tensor.nbytes());
      else { at::NoGradGuard guard; tensor.copy_(at::from_blob(const_cast<void*>(source), shape, type)); }
    }
    *result = give(std::move(tensor));
    return 0;
  });
}
// No copy: the caller's memory must outlive the tensor and every view of it.
TDA_EXPORT int tda_from_blob(void* source, const int64_t* sizes, int dim, int dtype, int64_t* result) {
  return guarded([&] {
    *result = give(at::from_blob(source, at::IntArrayRef(sizes, dim), static_cast<c10::ScalarType>(dtype)));
    return 0;
  });
}
// One copy, row-major, whatever the tensor's strides and device.
TDA_EXPORT int tda_to_host(int64_t handle, void* target) {
  return guarded([&] {
    const auto tensor = borrow(handle);
    if (tensor.numel() == 0) return 0;
    if (tensor.is_cpu() && tensor.is_contiguous()) { std::memcpy(target, tensor.data_ptr(), tensor.nbytes()); return 0; }
    at::NoGradGuard guard;
    at::from_blob(target, tensor.sizes(), tensor.scalar_type()).copy_(tensor.detach());
    return 0;
  });
}

// ---- autograd ------------------------------------------------------------------------------------------------------

TDA_EXPORT int tda_set_requires_grad(int64_t tensor, int value) { return guarded([&] { borrow(tensor).set_requires_grad(value != 0); return 0; }); }
TDA_EXPORT int tda_retain_grad(int64_t tensor) { return guarded([&] { borrow(tensor).retain_grad(); return 0; }); }
TDA_EXPORT int tda_grad(int64_t tensor, int64_t* grad) { return guarded([&] { *grad = give(borrow(tensor).grad()); return 0; }); }
TDA_EXPORT int tda_set_grad(int64_t tensor, int64_t grad) { return guarded([&] { borrow(tensor).mutable_grad() = borrow(grad); return 0; }); }
TDA_EXPORT int tda_autograd(const int64_t* outputs, int output_count, const int64_t* inputs, int input_count, const int64_t* grad_outputs,
                            int grad_output_count, int retain, int create, int allow_unused, int64_t* grads) {
  return guarded([&] {
    apply_threads();
    const auto result = torch::autograd::grad(list_of(outputs, output_count), list_of(inputs, input_count),
                                              list_of(grad_outputs, grad_output_count), retain != 0, create != 0, allow_unused != 0);
    for (size_t i = 0; i < result.size(); i++) grads[i] = give(result[i]);
    return static_cast<int>(result.size());
  });
}
TDA_EXPORT int tda_backward(const int64_t* tensors, int count, const int64_t* grads, int grad_count, int retain, int create,
                            const int64_t* inputs, int input_count) {
  return guarded([&] {
    apply_threads();
    torch::autograd::backward(list_of(tensors, count), list_of(grads, grad_count), retain != 0, create != 0, list_of(inputs, input_count));
    return 0;
  });
}
TDA_EXPORT int tda_grad_mode() { return c10::GradMode::is_enabled(); }
TDA_EXPORT void tda_set_grad_mode(int enabled) { c10::GradMode::set_enabled(enabled != 0); }
TDA_EXPORT int tda_inference_mode() { return c10::InferenceMode::is_enabled(); }
TDA_EXPORT void* tda_enter_inference(int enabled) { return new c10::InferenceMode(enabled != 0); }
TDA_EXPORT void tda_leave_inference(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// ---- random numbers ------------------------------------------------------------------------------------------------

TDA_EXPORT int tda_manual_seed(uint64_t seed) { return guarded([&] { at::manual_seed(seed); return 0; }); }
TDA_EXPORT int tda_generator(int device_type, int device_index, uint64_t seed, void** generator) {
  return guarded([&] {
    const auto device = device_of(device_type, device_index);
    // A device's generator is built by cloning its default one: the factory functions differ by backend, this does not.
    auto created = device.is_cpu() ? at::detail::createCPUGenerator(seed) : at::globalContext().defaultGenerator(device).clone();
    created.set_current_seed(seed);
    *generator = new at::Generator(std::move(created));
    return 0;
  });
}
TDA_EXPORT int tda_default_generator(int device_type, int device_index, void** generator) {
  return guarded([&] { *generator = new at::Generator(at::globalContext().defaultGenerator(device_of(device_type, device_index))); return 0; });
}
TDA_EXPORT void tda_generator_free(void* generator) { delete static_cast<at::Generator*>(generator); }
TDA_EXPORT int tda_generator_seed(void* generator, int random, uint64_t* seed) {
  return guarded([&] {
    auto& g = *static_cast<at::Generator*>(generator);
    std::lock_guard<std::mutex> lock(g.mutex());
    if (random) *seed = g.seed(); else g.set_current_seed(*seed);
    return 0;
  });
}
TDA_EXPORT int tda_generator_initial_seed(void* generator, uint64_t* seed) {
  return guarded([&] { *seed = static_cast<at::Generator*>(generator)->current_seed(); return 0; });
}
TDA_EXPORT int tda_generator_state(void* generator, int64_t* state) {
  return guarded([&] { *state = give(static_cast<at::Generator*>(generator)->get_state()); return 0; });
}
TDA_EXPORT int tda_generator_set_state(void* generator, int64_t state) {
  return guarded([&] { static_cast<at::Generator*>(generator)->set_state(borrow(state)); return 0; });
}

// ---- threads and devices -------------------------------------------------------------------------------------------

TDA_EXPORT int tda_threads() { return guarded([&] { apply_threads(); return at::get_num_threads(); }); }
TDA_EXPORT int tda_set_threads(int count) {
  return guarded([&] { at::set_num_threads(count); applied_threads = count; wanted_threads = count; return 0; });
}
TDA_EXPORT int tda_interop_threads() { return guarded([&] { return static_cast<int>(at::get_num_interop_threads()); }); }
TDA_EXPORT int tda_set_interop_threads(int count) { return guarded([&] { at::set_num_interop_threads(count); return 0; }); }
TDA_EXPORT int tda_device_count(int device_type) {
  return guarded([&] {
    const auto type = static_cast<c10::DeviceType>(device_type);
    return c10::impl::hasDeviceGuardImpl(type) ? static_cast<int>(c10::impl::VirtualGuardImpl(type).deviceCount()) : 0;
  });
}
TDA_EXPORT int tda_synchronize(int device_index) {
  return guarded([&] { at::detail::getCUDAHooks().deviceSynchronize(device_index); return 0; });
}
TDA_EXPORT void tda_sizes(int32_t* sizes) {
  sizes[0] = sizeof(Slot); sizes[1] = offsetof(Slot, count); sizes[2] = offsetof(Slot, bits); sizes[3] = sizeof(void*);
}

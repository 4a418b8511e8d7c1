// FunctionRef: a callable borrowed for the length of a call. For visitors that do not outlive it.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace holdfast {

template <typename Signature>
class FunctionRef;

template <typename R, typename... Args>
class FunctionRef<R(Args...)> {
 public:
  /// Implicit, so that a lambda can be handed over as it is; the constraint leaves copying alone.
  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> &&
           // NOLINTNEXTLINE(google-explicit-constructor, bugprone-forwarding-reference-overload)
           std::is_invocable_r_v<R, F&, Args...>) FunctionRef(F&& f)
  noexcept
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

}  // namespace holdfast

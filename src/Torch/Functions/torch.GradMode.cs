using TorchSharp.Modes;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Until disposed of, autograd records nothing on this thread.</summary>
    public static IDisposable no_grad() => new GradModeScope(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradModeScope(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradModeScope(mode);

    public static bool is_grad_enabled() => GradModeScope.Enabled;

    /// <summary>Until disposed of, tensors made on this thread can never take part in autograd; cheaper than no_grad.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceModeScope(mode);

    public static bool is_inference_mode_enabled() => InferenceModeScope.Enabled;
}

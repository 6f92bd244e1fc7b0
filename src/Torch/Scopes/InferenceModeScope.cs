using Tda.Torch.Native;

namespace TorchSharp.Modes;

/// <summary>Holds LibTorch's inference-mode guard of the calling thread.</summary>
internal sealed class InferenceModeScope : IDisposable
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private nint _guard;

    internal InferenceModeScope(bool enabled) => _guard = Bridge.tda_enter_inference(enabled ? 1 : 0);

    internal static bool Enabled => Bridge.tda_inference_mode() != 0;

    public void Dispose()
    {
        if (_guard == 0)
            return;
        ThreadCheck.Require(_thread, "inference_mode");
        Bridge.tda_leave_inference(_guard);
        _guard = 0;
    }
}

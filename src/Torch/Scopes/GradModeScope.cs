using Tda.Torch.Native;

namespace TorchSharp.Modes;

/// <summary>Switches the calling thread's gradient mode and puts the previous one back.</summary>
internal sealed class GradModeScope : IDisposable
{
    private readonly bool _previous = Enabled;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private bool _ended;

    internal GradModeScope(bool enabled) => Bridge.tda_set_grad_mode(enabled ? 1 : 0);

    internal static bool Enabled => Bridge.tda_grad_mode() != 0;

    public void Dispose()
    {
        if (_ended)
            return;
        ThreadCheck.Require(_thread, "no_grad or enable_grad");
        _ended = true;
        Bridge.tda_set_grad_mode(_previous ? 1 : 0);
    }
}

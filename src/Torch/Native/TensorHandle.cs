using System.Runtime.InteropServices;

namespace Tda.Torch.Native;

/// <summary>Owns one reference to a native tensor; a tensor nobody disposed is released by this handle's finalizer.</summary>
internal sealed class TensorHandle : SafeHandle
{
    private static long _live;
    private static long _peak;

    internal TensorHandle(long handle)
        : base(0, ownsHandle: true)
    {
        SetHandle((nint)handle);
        var live = Interlocked.Increment(ref _live);
        if (live > _peak)
            _peak = live;
    }

    internal static long Live => Interlocked.Read(ref _live);

    /// <summary>The most alive at once; threads that create at the same instant may make it one too low.</summary>
    internal static long Peak => Interlocked.Read(ref _peak);

    public override bool IsInvalid => handle == 0;

    /// <summary>The native pointer, or 0 once disposed.</summary>
    internal long Value => IsClosed ? 0 : handle;

    protected override bool ReleaseHandle()
    {
        Bridge.tda_release(handle);
        Interlocked.Decrement(ref _live);
        return true;
    }
}

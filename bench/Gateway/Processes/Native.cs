using System.Runtime.InteropServices;

namespace Tda.Bench.Gateway.Processes;

/// <summary>The few system calls that .NET does not offer.</summary>
internal static partial class Native
{
    public const int Interrupt = 2;
    public const int Killed = 9;
    public const int Terminate = 15;
    private const int MonotonicClock = 1;
    private const int AbsoluteTime = 1;
    private const int SetTimerSlack = 29;

    /// <summary>Sends a signal to one process.</summary>
    public static void Signal(int process, int signal) => _ = Kill(process, signal);

    /// <summary>Lets this thread's sleeps end within a microsecond or so instead of the kernel's 50.</summary>
    public static void PreciseSleeps() => _ = ProcessControl(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>Sleeps until a time of <see cref="System.Diagnostics.Stopwatch"/>, which on Linux counts this clock's nanoseconds.</summary>
    public static void SleepUntil(long nanoseconds)
    {
        var until = new TimeSpec(nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
        while (ClockSleep(MonotonicClock, AbsoluteTime, in until, 0) == 4)
        {
            // EINTR: a signal came; the rest is still to be slept.
        }
    }

    /// <summary>Returns once everything that was written is on the disk.</summary>
    [LibraryImport("libc", EntryPoint = "sync")]
    public static partial void Sync();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, ulong a, ulong b, ulong c, ulong d);

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockSleep(int clock, int flags, in TimeSpec until, nint rest);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}

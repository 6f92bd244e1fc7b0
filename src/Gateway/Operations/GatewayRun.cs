using System.Runtime.InteropServices;

namespace Tda.Gateway.Operations;

/// <summary>A gateway as the life of a process: signals, and what the person who started it is told.</summary>
internal static class GatewayRun
{
    /// <summary>Serves until cancelled or told to by SIGINT or SIGTERM; SIGHUP takes the configuration file again.</summary>
    public static async Task<GatewayCounts> UntilStoppedAsync(GatewayServer server, Action<string> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(report);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, HangUp);
        await using var cancelled = cancellationToken.Register(() => stop.TrySetResult());
        report($"listening on {server.Url} for {new Uri(server.Options.Upstream).GetLeftPart(UriPartial.Path)}; the log is {server.Store.Location}");
        await stop.Task;
        report("stopping: answers in progress are finished first");
        await server.StopAsync();
        var counts = server.Counts;
        report(FormattableString.Invariant($"forwarded {counts.Forwarded}, recorded {counts.Recorded}, pending {counts.Pending}, declared drops {counts.Dropped}"));
        return counts;

        void Stop(PosixSignalContext context) =>
            // A second signal gets the system's default: the person insists.
            context.Cancel = stop.TrySetResult();

        void HangUp(PosixSignalContext context)
        {
            // Without a file to read again it means what it means to other programs: the terminal is gone.
            if (!server.Reload())
            {
                Stop(context);
                return;
            }

            context.Cancel = true;
        }
    }
}

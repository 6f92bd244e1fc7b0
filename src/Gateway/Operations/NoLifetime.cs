using Microsoft.Extensions.Hosting;

namespace Tda.Gateway.Operations;

/// <summary>Leaves the process's signals alone: a gateway may be one part of a larger program, which decides when it stops.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

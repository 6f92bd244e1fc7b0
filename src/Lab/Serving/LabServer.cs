using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary>An OpenAI-compatible endpoint over a lab model: <c>/v1/models</c>, <c>/v1/completions</c>, <c>/v1/chat/completions</c>.</summary>
public sealed class LabServer : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);
    private readonly WebApplication _app;
    private readonly GenerationEngine _engine;

    private LabServer(WebApplication app, GenerationEngine engine, Uri url) => (_app, _engine, Url) = (app, engine, url);

    /// <summary>The bound address, with the real port; the API's base URL is this followed by <c>v1</c>.</summary>
    public Uri Url { get; }

    /// <summary>Starts serving; the model stays the caller's to dispose of, after the server.</summary>
    /// <exception cref="UsageException">The options are wrong.</exception>
    /// <exception cref="TdaException">The address is in use or can't be bound.</exception>
    public static async Task<LabServer> StartAsync(ITextModel model, LabServerOptions options, CancellationToken cancellation = default)
    {
        options.Validate();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(options.Logging);

        // The program that starts the server decides what Ctrl+C does, not a library inside it.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        builder.WebHost.UseSetting(WebHostDefaults.PreventHostingStartupKey, "true");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            Listen(kestrel, options.Listen);
        });

        var app = builder.Build();
        var texts = new TokenTexts(model.Tokenizer);
        var engine = new GenerationEngine(model, texts, options.MaxBatch, options.MaxQueue);
        app.Run(new OpenAIHandler(model, texts, engine, options).HandleAsync);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (Exception e)
        {
            await app.DisposeAsync();
            engine.Dispose();
            if (e is IOException)
            {
                throw new TdaException(Explain(options.Listen, e), e);
            }

            throw;
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new LabServer(app, engine, new Uri(address));
    }

    /// <summary>Serves until cancelled, or until the process is asked to end (Ctrl+C, SIGTERM), and stops gracefully.</summary>
    public static async Task RunAsync(
        ITextModel model, LabServerOptions options, Action<LabServer> started, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Signal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Signal);
        await using var server = await StartAsync(model, options, end.Token);
        started(server);
        var ended = new TaskCompletionSource();
        using var registration = end.Token.Register(ended.SetResult);
        await ended.Task;
        await server.StopAsync();

        void Signal(PosixSignalContext context)
        {
            context.Cancel = true;
            end.Cancel();
        }
    }

    /// <summary>Refuses new connections, waits for the answers under way (up to the timeout), then ends them.</summary>
    public async Task StopAsync()
    {
        try
        {
            await _app.StopAsync();
        }
        finally
        {
            _engine.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
    }

    private static void Listen(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel, Uri listen)
    {
        if (listen.Host is "*" or "+")
        {
            kestrel.ListenAnyIP(listen.Port);
        }
        else if (IPAddress.TryParse(listen.Host.Trim('[', ']'), out var address))
        {
            kestrel.Listen(address, listen.Port);
        }
        else if (listen.Host == "localhost" && listen.Port == 0)
        {
            kestrel.Listen(IPAddress.Loopback, 0); // Kestrel refuses a free port on both loopback addresses.
        }
        else if (listen.Host == "localhost")
        {
            kestrel.ListenLocalhost(listen.Port);
        }
        else
        {
            throw new UsageException($"Can't listen at '{listen}': give an IP address of this machine or localhost.");
        }
    }

    private static string Explain(Uri listen, Exception e) => e.InnerException is AddressInUseException || e is AddressInUseException
        ? $"Can't listen at {listen}: the address is already in use. Stop the other program, or choose another port (0 takes a free one)."
        : $"Can't listen at {listen}: {e.Message}";

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>How the lab's closed model is served.</summary>
public sealed record LabServerOptions
{
    /// <summary>Where to listen; port 0 takes a free port. Default <c>http://127.0.0.1:0</c>.</summary>
    public Uri Listen { get; init; } = new("http://127.0.0.1:0");

    /// <summary>The model's name in requests and answers.</summary>
    public required string ModelName { get; init; }

    /// <summary>When set, requests must carry <c>Authorization: Bearer</c> with this key. Default: none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Sequences decoded together, at least 1. Default 64.</summary>
    public int MaxBatch { get; init; } = 64;

    /// <summary>Sequences that may wait for a place in the batch, at least 1; beyond it requests get 429. Default 4096.</summary>
    public int MaxQueue { get; init; } = 4096;

    /// <summary>The largest request body, in bytes; beyond it requests get 413. Default 4 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 4 << 20;

    /// <summary>Where the seeds of requests that give none begin; they count up from here. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Clock of the <c>created</c> fields.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Receives failures that become 500s. Default: none.</summary>
    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Checks every property.</summary>
    /// <exception cref="UsageException">Names all that is wrong.</exception>
    public void Validate() => new OptionChecks()
        .Require(
            Listen.IsAbsoluteUri && Listen.Scheme == Uri.UriSchemeHttp, $"the address to listen at must be an http:// URL, not '{Listen}'")
        .Require(ModelName.Length > 0, $"the model's name must not be empty")
        .Require(ApiKey is not "", $"the API key must not be empty")
        .AtLeast("largest batch", MaxBatch, 1)
        .AtLeast("longest queue", MaxQueue, 1)
        .AtLeast("largest body", MaxBodyBytes, 1)
        .Throw("The lab server's");
}

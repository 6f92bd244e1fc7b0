using System.Net.Sockets;

namespace Tda.GatewayHost.Terminal;

/// <summary>Writes an error as a person wants to read it, and says which exit code it means.</summary>
public static class ErrorReport
{
    /// <summary>Writes <paramref name="error"/> to standard error.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="verbose">Whether to print the stack trace too.</param>
    /// <returns>The exit code: that of a <see cref="TdaException"/>, otherwise 1.</returns>
    public static int Write(Exception error, bool verbose)
    {
        Console.Error.WriteLine($"tda: {Describe(error)}");
        if (verbose)
        {
            Console.Error.WriteLine(error);
        }
        else if (error is not TdaException)
        {
            Console.Error.WriteLine("     (--verbose shows where)");
        }

        return error is TdaException known ? known.ExitCode : 1;
    }

    private static string Describe(Exception error) => error switch
    {
        TdaException => error.Message,
        SocketException socket => $"network: {socket.Message}",
        IOException or UnauthorizedAccessException => error.Message,
        AggregateException { InnerExceptions.Count: 1 } one => Describe(one.InnerExceptions[0]),
        _ => $"{error.GetType().Name}: {error.Message}",
    };
}

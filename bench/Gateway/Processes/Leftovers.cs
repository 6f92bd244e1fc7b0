using System.Runtime.InteropServices;

namespace Tda.Bench.Gateway.Processes;

/// <summary>What must not outlive the benchmark, whatever ends it short of SIGKILL: servers and their folders.</summary>
internal static class Leftovers
{
    private static readonly List<(object Owner, Action Undo)> Undo = [];

    private static readonly PosixSignalRegistration[] Signals =
        [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

    static Leftovers() => AppDomain.CurrentDomain.ProcessExit += (_, _) => UndoAll();

    /// <param name="owner">Who is to be undone; later ones are undone first.</param>
    /// <param name="undo">How.</param>
    public static void Add(object owner, Action undo)
    {
        lock (Undo)
        {
            Undo.Add((owner, undo));
        }
    }

    /// <summary>A folder, which goes when those who write into it have had a second to end.</summary>
    public static void AddFolder(string folder) => Add(folder, () =>
    {
        Thread.Sleep(1_000);
        Directory.Delete(folder, recursive: true);
    });

    /// <summary>It has been undone in good order.</summary>
    public static void Remove(object owner)
    {
        lock (Undo)
        {
            Undo.RemoveAll(one => one.Owner.Equals(owner));
        }
    }

    private static void Stop(PosixSignalContext context)
    {
        UndoAll();
        GC.KeepAlive(Signals);
        Environment.Exit(130);
    }

    private static void UndoAll()
    {
        lock (Undo)
        {
            for (var i = Undo.Count - 1; i >= 0; i--)
            {
                try
                {
                    Undo[i].Undo();
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    Console.Error.WriteLine(error.Message); // the others still have their turn
                }
            }

            Undo.Clear();
        }
    }
}

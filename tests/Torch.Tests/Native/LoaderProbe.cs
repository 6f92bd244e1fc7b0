using TorchSharp;

namespace Tda.Torch.Tests.Native;

/// <summary>The test assembly as a program: makes one tensor and reports how that went.</summary>
public static class LoaderProbe
{
    public static int Main()
    {
        try
        {
            using var one = torch.ones(1);
            Console.WriteLine("made a tensor");
            return 0;
        }
        catch (LibTorchException e)
        {
            Console.WriteLine(e.Message);
            return e.ExitCode;
        }
    }
}
